import { Worker } from 'node:worker_threads';
import { deferred, type Deferred } from '../base/deferred.js';
import { messageOf, ParallelError } from '../base/errors.js';
import type { Method, ReplyMessage, ReplyOf, RequestOf, WorkerData } from './protocol.js';

interface Running {
  readonly worker: Worker;
  readonly pending: Map<number, Deferred<unknown>>;
}

/**
 * The worker thread of the compiler. It starts with the first call; when it dies, the calls that waited
 * for it fail and the next one starts another. An idle thread does not keep the process alive.
 */
export class CompilerThread {
  readonly #workerData: WorkerData;
  #running: Running | undefined;
  #closed = false;
  #hasAnswered = false;
  #lastId = 0;

  constructor(workerData: WorkerData) {
    this.#workerData = workerData;
  }

  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  async call<M extends Method>(
    method: M,
    request: RequestOf<M>,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<ReplyOf<M>> {
    signal?.throwIfAborted();
    if (this.#closed) throw new ParallelError('COMPILE', 'The compiler is closed.');
    const { worker, pending } = (this.#running ??= this.#start());
    const id = ++this.#lastId;
    const answer = deferred<unknown>();
    const giveUp = (): void => {
      answer.reject(signal?.reason);
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    pending.set(id, answer);
    worker.ref();
    worker.postMessage({ id, method, request });
    try {
      const reply = (await answer.promise) as ReplyOf<M>;
      this.#hasAnswered = true;
      return reply;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  /** Ends the thread; calls that still wait for it fail. Closing twice is closing once. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running?.worker.terminate();
  }

  #start(): Running {
    const worker = new Worker(new URL('./compiler-worker.js', import.meta.url), {
      workerData: this.#workerData,
      name: 'pxlab compiler',
      execArgv: [],
    });
    const running: Running = { worker, pending: new Map() };
    worker.on('message', (message: ReplyMessage) => settle(running, message));
    worker.on('error', (error) => this.#fail(running, `The compiler stopped: ${messageOf(error)}`));
    worker.on('exit', () => this.#fail(running, 'The compiler stopped before it answered.'));
    return running;
  }

  #fail(running: Running, message: string): void {
    if (this.#running === running) this.#running = undefined;
    for (const answer of running.pending.values()) {
      answer.reject(
        new ParallelError('COMPILE', this.#closed ? 'The compiler was closed.' : message),
      );
    }
    running.pending.clear();
  }
}

function settle({ worker, pending }: Running, message: ReplyMessage): void {
  const answer = pending.get(message.id);
  pending.delete(message.id);
  if (pending.size === 0) worker.unref();
  if ('error' in message) answer?.reject(message.error);
  else answer?.resolve(message.reply);
}
