import { MessageChannel, Worker } from 'node:worker_threads';
import { deferred } from '../base/deferred.js';
import { messageOf } from '../base/errors.js';
import type { ReplyMessage, RequestMessage, WorkerData } from './protocol.js';
import type { Seat, SeatOptions } from './seat.js';

export interface ThreadOptions extends SeatOptions {
  /** Where a snapshot is put for the next start; undefined for none. */
  readonly snapshotFolders?: readonly string[] | undefined;
}

/** The compiler in a thread: a second or two until the first answer. */
export class CompilerThread implements Seat {
  readonly ended: Promise<string>;
  readonly #worker: Worker;

  constructor({ cwd, onWay, snapshotFolders }: ThreadOptions) {
    const { port1, port2: otherThreads } = new MessageChannel();
    this.#worker = new Worker(new URL('./compiler-worker.js', import.meta.url), {
      workerData: { cwd, otherThreads, snapshotFolders } satisfies WorkerData,
      transferList: [otherThreads],
      name: 'pxlab compiler',
      execArgv: [],
    });
    const ended = deferred<string>();
    this.#worker.on('error', (error) => ended.resolve(messageOf(error)));
    this.#worker.on('exit', () => ended.resolve('its thread ended'));
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
