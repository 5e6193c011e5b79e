import type { MessagePort } from 'node:worker_threads';
import { ParallelError } from '../base/errors.js';
import type { Compiler } from './compiler.js';
import { PendingCalls } from './pending-calls.js';
import type { Method, ReplyMessage, ReplyOf, RequestOf } from './protocol.js';

/** The compiler's thread, as another thread than the one that started it asks it. */
export class CompilerPort implements Pick<
  Compiler,
  'complete' | 'inspect' | 'isComplete' | 'isThere'
> {
  readonly #port: MessagePort;
  readonly #pending = new PendingCalls();
  #hasAnswered = false;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (message: ReplyMessage) => this.#pending.settle(message));
    port.on('close', () => {
      this.#pending.fail(new ParallelError('COMPILE', 'The compiler stopped.'));
    });
    port.unref();
  }

  get isThere(): boolean {
    return this.#hasAnswered;
  }

  complete(request: RequestOf<'complete'>): Promise<ReplyOf<'complete'>> {
    return this.#call('complete', request);
  }

  inspect(request: RequestOf<'inspect'>): Promise<ReplyOf<'inspect'>> {
    return this.#call('inspect', request);
  }

  isComplete(code: string): Promise<ReplyOf<'isComplete'>> {
    return this.#call('isComplete', code);
  }

  close(): void {
    this.#port.close();
  }

  async #call<M extends Method>(method: M, request: RequestOf<M>): Promise<ReplyOf<M>> {
    const { id, answer } = this.#pending.open();
    this.#port.postMessage({ id, method, request });
    const reply = (await answer.promise) as ReplyOf<M>;
    this.#hasAnswered = true;
    return reply;
  }
}
