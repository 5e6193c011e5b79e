import type { MessagePort } from 'node:worker_threads';

/** The worker's end of the interrupt. Transfer `port`; `signals` is shared. */
export interface InterruptLink {
  readonly port: MessagePort;
  readonly signals: SharedArrayBuffer;
}

/** Slots of `signals`, as an Int32Array. */
export const signalSlot = {
  /** Number of the run that goes on in main, 0 when none does. Written by main. */
  running: 0,
  /** Number of the run that has to stop. Written by the worker. */
  requested: 1,
  /** 1 while main is inside `vm` code that a SIGINT ends. */
  isInVm: 2,
  /** 1 while the worker sends a SIGINT: main does not leave `vm` code meanwhile. */
  isSignalling: 3,
  /** How many SIGINTs the worker sent, so that main knows them from others'. */
  sent: 4,
  /** Answer of main to the question whether it may be struck: see `verdict`. */
  verdict: 5,
  /** 1 once the termination that main agreed to is on its way. */
  isStruck: 6,
} as const;
export const signalSlots = 7;

export const verdict = { asked: 1, accepted: 2, withdrawn: 3 } as const;

/** From the worker: stop `run`, or whatever blocks the loop when it is 0. */
export interface StopRequest {
  readonly request: number;
  readonly run: number;
}

/** From main: its loop turned and `request` was obeyed. */
export interface StopAnswer {
  readonly request: number;
  readonly outcome: 'stopped' | 'idle';
}

/** What main calls, by this key on `globalThis`, when the worker asks through the inspector. */
export const strikeKey = 'pxlab.strike';
