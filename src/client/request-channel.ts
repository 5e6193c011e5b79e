import { type Deferred, deferred } from '../base/deferred.js';
import type { Closeable } from '../base/scope.js';
import type { Channel, Idents } from '../transport/channel.js';
import type { Message, Outgoing } from '../wire/message.js';
import { parentIdOf } from '../wire/message.js';

/** A channel on which each request has one reply, matched by the request's id. */
export class RequestChannel implements Closeable {
  readonly #channel: Channel;
  readonly #waiting = new Map<string, Deferred<Message>>();
  #failure: { readonly reason: unknown } | undefined;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Sends a request and resolves with its reply; with `signal`, gives up waiting when that aborts. */
  async request(
    outgoing: Outgoing,
    options: { idents?: Idents; signal?: AbortSignal | undefined } = {},
  ): Promise<Message> {
    const { idents = [], signal } = options;
    signal?.throwIfAborted();
    if (this.#failure !== undefined) throw this.#failure.reason;
    const id = outgoing.id ?? this.#channel.session.newMessageId();
    const reply = deferred<Message>();
    const onAbort = (): void => reply.reject(signal?.reason);
    this.#waiting.set(id, reply);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#channel.post({ ...outgoing, id }, idents);
    try {
      return await reply.promise;
    } finally {
      this.#waiting.delete(id);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Hands replies to those who wait, until the socket is closed. */
  async serve(): Promise<void> {
    for await (const { message } of this.#channel) {
      this.#waiting.get(parentIdOf(message) ?? '')?.resolve(message);
    }
  }

  /** Fails what is waited for, and every later request. */
  fail(reason: unknown): void {
    this.#failure ??= { reason };
    for (const waiting of this.#waiting.values()) waiting.reject(reason);
  }

  close(): Promise<void> {
    return this.#channel.close();
  }
}
