import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { messageOf, ParallelError } from '../base/errors.js';
import { PendingCalls } from './pending-calls.js';
import type { Method, ReplyMessage, ReplyOf, RequestOf, WorkerData } from './protocol.js';

interface Running {
  readonly worker: Worker;
  readonly pending: PendingCalls;
}

export interface CompilerThreadOptions {
  readonly cwd: string;
  /** Gets a way to each thread that starts, for another thread of the process to ask it. */
  readonly onStart?: ((port: MessagePort) => void) | undefined;
}

/**
 * The worker thread of the compiler. It starts with the first call; when it dies, the calls that waited
 * for it fail and the next one starts another. An idle thread does not keep the process alive.
 */
export class CompilerThread {
  readonly #options: CompilerThreadOptions;
  #running: Running | undefined;
  #closed = false;
  #hasAnswered = false;

  constructor(options: CompilerThreadOptions) {
    this.#options = options;
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
    const { id, answer } = pending.open();
    const giveUp = (): void => {
      answer.reject(signal?.reason);
    };
    signal?.addEventListener('abort', giveUp, { once: true });
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
    const { cwd, onStart } = this.#options;
    const { port1, port2: otherThreads } = new MessageChannel();
    const worker = new Worker(new URL('./compiler-worker.js', import.meta.url), {
      workerData: { cwd, otherThreads } satisfies WorkerData,
      transferList: [otherThreads],
      name: 'pxlab compiler',
      execArgv: [],
    });
    const running: Running = { worker, pending: new PendingCalls() };
    worker.on('message', (message: ReplyMessage) => settle(running, message));
    worker.on('error', (error) => this.#fail(running, `The compiler stopped: ${messageOf(error)}`));
    worker.on('exit', () => this.#fail(running, 'The compiler stopped before it answered.'));
    if (onStart === undefined) port1.close();
    else onStart(port1);
    return running;
  }

  #fail(running: Running, message: string): void {
    if (this.#running === running) this.#running = undefined;
    const reason = this.#closed ? 'The compiler was closed.' : message;
    running.pending.fail(new ParallelError('COMPILE', reason));
  }
}

function settle({ worker, pending }: Running, message: ReplyMessage): void {
  pending.settle(message);
  if (pending.size === 0) worker.unref();
}
