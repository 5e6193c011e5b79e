import { type Deferred, deferred } from '../base/deferred.js';
import type { ReplyMessage } from './protocol.js';

/** Calls of the compiler's thread that wait for their answers. */
export class PendingCalls {
  readonly #answers = new Map<number, Deferred<unknown>>();
  #lastId = 0;

  get size(): number {
    return this.#answers.size;
  }

  /** @returns the number under which to ask, and what will be answered. */
  open(): { readonly id: number; readonly answer: Deferred<unknown> } {
    const id = ++this.#lastId;
    const answer = deferred<unknown>();
    this.#answers.set(id, answer);
    return { id, answer };
  }

  settle(message: ReplyMessage): void {
    const answer = this.#answers.get(message.id);
    this.#answers.delete(message.id);
    if ('error' in message) answer?.reject(message.error);
    else answer?.resolve(message.reply);
  }

  /** All that wait fail alike. */
  fail(error: Error): void {
    for (const answer of this.#answers.values()) answer.reject(error);
    this.#answers.clear();
  }
}
