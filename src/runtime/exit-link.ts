import type { MessagePort } from 'node:worker_threads';

/** The worker's end of the exit. Transfer `port`; `state` is shared. */
export interface ExitLink {
  readonly port: MessagePort;
  readonly state: SharedArrayBuffer;
}

/** From main: the process ends with `code` as soon as the worker has closed its sockets. */
export interface ExitRequest {
  readonly code: number;
}

/** Slot of `state`: 1 when the worker holds nothing any more. */
export const closedSlot = 0;
