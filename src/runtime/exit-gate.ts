import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { closeInspector } from './debugging/inspector.js';
import { closedSlot, type ExitLink, type ExitRequest } from './exit-link.js';
import type { OutputPort } from './output-port.js';

export interface ExitOptions {
  readonly output: OutputPort;
  /** Closes what this thread holds, at once: nothing asynchronous happens any more. */
  readonly onExit?: (code: number) => void;
  /** Is told to end nothing more: what runs from here on is the exit. */
  readonly interrupts?: { refuse(): void } | undefined;
}

const flushMs = 3000;
const closeMs = 3000;

interface Doors {
  reallyExit: (code?: number) => never;
  abort: () => never;
}

/**
 * The one door out of the process, for `process.exit()` and `process.abort()` of user code too.
 *
 * A process that ends while its worker has a ZeroMQ socket is aborted by it. So main stands still, which
 * also keeps user code from going on, until the worker has sent all outputs and closed its sockets.
 */
export class ExitGate {
  readonly #port: MessagePort;
  readonly #state: Int32Array;
  #isLeaving = false;

  constructor(port: MessagePort, state: SharedArrayBuffer) {
    this.#port = port;
    this.#state = new Int32Array(state);
    port.unref();
  }

  /** True from the moment on in which the process only ends. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** Stands at the door. @returns what undoes it. */
  install(options: ExitOptions): () => void {
    const doors = process as unknown as Doors;
    const { reallyExit, abort } = doors;
    doors.reallyExit = (code = 0) => {
      this.#leave(code, options);
      return reallyExit(code);
    };
    doors.abort = () => {
      this.#leave(134, options);
      return abort();
    };
    return () => Object.assign(doors, { reallyExit, abort });
  }

  #leave(code: number, { output, onExit, interrupts }: ExitOptions): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    interrupts?.refuse();
    closeInspector(); // Node would wait for its clients to leave
    output.settle();
    output.flush(flushMs);
    try {
      onExit?.(code);
    } catch {
      // the process ends all the same
    }
    this.#port.postMessage({ code } satisfies ExitRequest);
    Atomics.wait(this.#state, closedSlot, 0, closeMs);
  }
}

/** Both ends of a new way: `gate` for this thread, `link` for the worker. */
export function openExit(): { gate: ExitGate; link: ExitLink } {
  const { port1, port2 } = new MessageChannel();
  const state = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  return { gate: new ExitGate(port1, state), link: { port: port2, state } };
}
