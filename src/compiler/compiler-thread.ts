import { MessageChannel, Worker } from 'node:worker_threads';
import { deferred } from '../base/deferred.js';
import { messageOf } from '../base/errors.js';
import type { ReplyMessage, RequestMessage, WorkerData } from './protocol.js';
import type { Ending, Seat, SeatOptions } from './seat.js';

/** The compiler in a thread: a second or two until the first answer. */
export class CompilerThread implements Seat {
  readonly ended: Promise<Ending>;
  readonly #worker: Worker;

  constructor({ cwd, onWay }: SeatOptions) {
    const { port1, port2: otherThreads } = new MessageChannel();
    this.#worker = new Worker(new URL('./compiler-worker.js', import.meta.url), {
      workerData: { cwd, otherThreads } satisfies WorkerData,
      transferList: [otherThreads],
      name: 'pxlab compiler',
      execArgv: [],
    });
    const ended = deferred<Ending>();
    const end = (text: string): void => ended.resolve({ text, isOwnFault: true });
    this.#worker.on('error', (error) => end(messageOf(error)));
    this.#worker.on('exit', () => end('its thread ended'));
    this.ended = ended.promise;
    if (onWay === undefined) port1.close();
    else onWay(port1);
  }

  post(message: RequestMessage): void {
    this.#worker.postMessage(message);
  }

  onReply(listener: (reply: ReplyMessage) => void): void {
    this.#worker.on('message', listener);
  }

  ref(): void {
    this.#worker.ref();
  }

  unref(): void {
    this.#worker.unref();
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
