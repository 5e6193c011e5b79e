import type { MessagePort } from 'node:worker_threads';

/** The worker's end of the interrupt. Transfer `port`; `signals` is shared. */
export interface InterruptLink {
  readonly port: MessagePort;
  readonly signals: SharedArrayBuffer;
  /** At this size of main's heap V8 ends the process. */
  readonly heapLimitBytes: number;
}

/** Slots of `signals`, as an Int32Array. */
export const signalSlot = {
  /** Number of the run that goes on in main, 0 when none does. Written by main. */
  running: 0,
  /** Number of the run that has to stop. Written by the worker. */
  requested: 1,
  /** The worker's question whether main may be struck now, and main's answer: see {@link verdict}. */
  verdict: 2,
  /** Whether the blow that main agreed to is on its way: see {@link blow}. */
  blow: 3,
} as const;
export const signalSlots = 4;

/** Values of the slot `verdict`: the number of the question times {@link verdictStep}, plus one of these. */
export const verdict = {
  asked: 0,
  accepted: 1,
  refused: 2,
  full: 3,
  /** A debugger had halted main, which ended by itself what it ran: no blow is to come. */
  ended: 4,
} as const;
export const verdictStep = 8;

/** Values of the slot `blow`. Main waits from `awaited` to `sent`, unless it gave up before `sending`. */
export const blow = { awaited: 0, sending: 1, sent: 2, givenUp: 3 } as const;

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

/** What the worker asks through the inspector. */
export interface StrikeQuestion {
  /** Number of the question. */
  readonly question: number;
  readonly run: number;
  /** When the interrupt began, by {@link sharedNowMs}. */
  readonly startMs: number;
  /** Main is struck only if its heap is full; `full` when it is, but may not be struck now. */
  readonly needsFullHeap?: boolean;
}

/** From main: the process is about to end, nothing is to be stopped any more. */
export interface OverNotice {
  readonly isOver: true;
}

/** A clock that both threads read alike. */
export function sharedNowMs(): number {
  return performance.timeOrigin + performance.now();
}

/** What main calls to answer a {@link StrikeQuestion}: `globalThis[Symbol.for(strikeKey)]`. */
export const strikeKey = 'pxlab.strike';
/** Name of the code that the inspector evaluates: the frames below it are what it interrupted. */
export const strikeScript = 'pxlab:strike';
