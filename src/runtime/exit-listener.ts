import type { MessagePort } from 'node:worker_threads';
import { closedSlot, type ExitLink, type ExitRequest } from './exit-link.js';

/** The worker's end of the exit: closes what it holds, then lets main end the process. */
export class ExitListener {
  readonly #port: MessagePort;
  readonly #state: Int32Array;

  /** `close` is called when main wants to end the process with this code. */
  constructor(link: ExitLink, close: (code: number) => Promise<void>) {
    this.#port = link.port;
    this.#state = new Int32Array(link.state);
    this.#port.once('message', ({ code }: ExitRequest) => {
      void close(code)
        .catch(() => undefined) // what could not be closed cannot keep the process either
        .then(() => this.release());
    });
    this.#port.unref();
  }

  /** The worker holds nothing any more: main need not wait for it. */
  release(): void {
    Atomics.store(this.#state, closedSlot, 1);
    Atomics.notify(this.#state, closedSlot);
    this.#port.close();
  }
}
