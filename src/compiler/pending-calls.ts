import { type Deferred, deferred } from '../base/deferred.js';
import type { Method, ReplyMessage, RequestMessage, RequestOf } from './protocol.js';

interface Call {
  readonly message: RequestMessage;
  readonly answer: Deferred<unknown>;
}

/** Calls of the compiler that wait for their answers. */
export class PendingCalls {
  readonly #calls = new Map<number, Call>();
  #lastId = 0;

  get size(): number {
    return this.#calls.size;
  }

  /** What was asked and not answered, in its order. */
  get messages(): readonly RequestMessage[] {
    return [...this.#calls.values()].map(({ message }) => message);
  }

  /** @returns what to send, and what will be answered. */
  open<M extends Method>(method: M, request: RequestOf<M>): Call {
    const message: RequestMessage = { id: ++this.#lastId, method, request };
    const call = { message, answer: deferred<unknown>() };
    this.#calls.set(message.id, call);
    return call;
  }

  methodOf(id: number): Method | undefined {
    return this.#calls.get(id)?.message.method;
  }

  settle(reply: ReplyMessage): void {
    const answer = this.#calls.get(reply.id)?.answer;
    this.#calls.delete(reply.id);
    if ('error' in reply) answer?.reject(reply.error);
    else answer?.resolve(reply.reply);
  }

  /** All that wait fail alike. */
  fail(error: Error): void {
    for (const { answer } of this.#calls.values()) answer.reject(error);
    this.#calls.clear();
  }
}
