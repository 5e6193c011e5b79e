import { ParallelError } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import type { Closeable } from '../base/scope.js';
import { decode, encodeToSend, type Incoming, Signer } from '../wire/framing.js';
import type { Message, Outgoing, Session } from '../wire/message.js';
import type { ReplayGuard } from '../wire/replay-guard.js';
import type { Socket } from './socket.js';

export type Idents = readonly (Uint8Array | string)[];

export interface ChannelOptions {
  readonly session: Session;
  readonly key: string;
  readonly log: Logger;
  /** Shared by all channels on which a message must not come twice. @defaultValue none: it may */
  readonly replays?: ReplayGuard | undefined;
  /** Told of each message that was dropped, why. */
  readonly onFault?: ((error: ParallelError) => void) | undefined;
}

/**
 * A socket that carries signed messages: what is sent gets a header of `session` and a signature, what
 * arrives was verified and checked. A message that is not in order is dropped with a warning and never
 * ends the loop; of each kind of fault the first is logged, then every thousandth.
 */
export class Channel implements Closeable {
  readonly session: Session;
  readonly #socket: Socket;
  readonly #signer: Signer;
  readonly #log: Logger;
  readonly #replays: ReplayGuard | undefined;
  readonly #onFault: ChannelOptions['onFault'];
  readonly #faults = new Map<string, number>();

  constructor(socket: Socket, options: ChannelOptions) {
    this.#socket = socket;
    this.session = options.session;
    this.#signer = new Signer(options.key);
    this.#log = options.log;
    this.#replays = options.replays;
    this.#onFault = options.onFault;
  }

  get socket(): Socket {
    return this.#socket;
  }

  /** Makes a message of `outgoing`, sends it, and returns it, its id in particular, without waiting. */
  post<Content extends object>(outgoing: Outgoing<Content>, idents: Idents = []): Message<Content> {
    const message = this.session.message(outgoing);
    this.forward(message, idents).catch((error: unknown) => {
      this.#log.warn('message not sent', { type: outgoing.type, error: String(error) });
    });
    return message;
  }

  /** As {@link post}, ahead of what waits and before it returns: for a process that ends now. */
  postAtOnce(outgoing: Outgoing, idents: Idents = []): void {
    this.#socket.sendAtOnce(encodeToSend(this.session.message(outgoing), this.#signer, idents));
  }

  /** Makes a message of `outgoing` and resolves when ZeroMQ took it. */
  send<Content extends object>(outgoing: Outgoing<Content>, idents: Idents = []): Promise<void> {
    return this.forward(this.session.message(outgoing), idents);
  }

  /** Sends a message that has its header already. */
  forward(message: Message<object>, idents: Idents = []): Promise<void> {
    return this.#socket.send(encodeToSend(message, this.#signer, idents));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Incoming, void, void> {
    for await (const frames of this.#socket) {
      const incoming = this.decode(frames);
      if (incoming !== undefined) yield incoming;
    }
  }

  /** The message in `frames`, or undefined (and a warning) when it is not in order. */
  decode(frames: readonly Uint8Array[]): Incoming | undefined {
    try {
      return decode(frames, this.#signer, this.#replays);
    } catch (error) {
      if (!(error instanceof ParallelError)) throw error;
      this.#warnSometimes(error);
      this.#onFault?.(error);
      return undefined;
    }
  }

  close(): Promise<void> {
    return this.#socket.close();
  }

  #warnSometimes(error: ParallelError): void {
    const count = (this.#faults.get(error.code) ?? 0) + 1;
    this.#faults.set(error.code, count);
    if (count === 1 || count % 1000 === 0) {
      this.#log.warn(error.message, { code: error.code, count });
    }
  }
}
