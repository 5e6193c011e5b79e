import { type Deferred, deferred } from '../base/deferred.js';
import type { Closeable } from '../base/scope.js';
import type { Channel, Idents } from '../transport/channel.js';
import type { Message, Outgoing } from '../wire/message.js';
import { parentIdOf } from '../wire/message.js';

/** A request that was sent and not answered. */
interface Waiting {
  readonly reply: Deferred<Message>;
  readonly idents: Idents;
  readonly outgoing: Outgoing;
  /** Ids under which it was sent; any of them may be answered. */
  readonly ids: string[];
  readonly isRepeatable: boolean;
}

export interface RequestOptions {
  readonly idents?: Idents;
  readonly signal?: AbortSignal | undefined;
  /** Does no harm when it arrives twice, so that it is sent again when its connection breaks. @defaultValue true */
  readonly isRepeatable?: boolean;
}

/** A channel on which each request has one reply, matched by the request's id. */
export class RequestChannel implements Closeable {
  readonly #channel: Channel;
  readonly #waiting = new Map<string, Waiting>();
  #failure: { readonly reason: unknown } | undefined;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Sends a request and resolves with its reply; with `signal`, gives up waiting when that aborts. */
  async request(outgoing: Outgoing, options: RequestOptions = {}): Promise<Message> {
    const { idents = [], signal, isRepeatable = true } = options;
    signal?.throwIfAborted();
    if (this.#failure !== undefined) throw this.#failure.reason;
    const reply = deferred<Message>();
    const onAbort = (): void => reply.reject(signal?.reason);
    const waiting = { reply, idents, outgoing, ids: [], isRepeatable };
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#send(waiting);
    try {
      return await reply.promise;
    } finally {
      for (const id of waiting.ids) this.#waiting.delete(id);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** The connection broke: answers may have been lost with it. What may be sent again is, the rest fails. */
  linkBroke(reason: Error): void {
    for (const waiting of new Set(this.#waiting.values())) {
      if (waiting.isRepeatable) this.#send(waiting);
      else waiting.reply.reject(reason);
    }
  }

  /** Hands replies to those who wait, until the socket is closed. */
  async serve(): Promise<void> {
    for await (const { message } of this.#channel) {
      this.#waiting.get(parentIdOf(message) ?? '')?.reply.resolve(message);
    }
  }

  /** Fails what is waited for, and every later request. */
  fail(reason: unknown): void {
    this.#failure ??= { reason };
    for (const { reply } of this.#waiting.values()) reply.reject(reason);
  }

  close(): Promise<void> {
    return this.#channel.close();
  }

  /** Under a new id each time: what was signed before counts as a replay. */
  #send(waiting: Waiting): void {
    const id = this.#channel.session.newMessageId();
    waiting.ids.push(id);
    this.#waiting.set(id, waiting);
    this.#channel.post({ ...waiting.outgoing, id }, waiting.idents);
  }
}
