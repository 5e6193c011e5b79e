import type { Logger } from '../base/logger.js';
import type { Closeable } from '../base/scope.js';
import { Channel } from '../transport/channel.js';
import { Socket } from '../transport/socket.js';
import { addressOf } from '../wire/connection-info.js';
import type { Message, Outgoing } from '../wire/message.js';
import { Session } from '../wire/message.js';
import { ReplayGuard } from '../wire/replay-guard.js';
import { connected } from './heart.js';
import type { WorkerSetup } from './io-messages.js';
import type { Identified } from './request-queue.js';

/** A request with the way back to its client. */
export interface ShellRequest extends Identified {
  readonly message: Message;
  /** Sends the reply; ZeroMQ has it when the promise resolves. */
  reply(outgoing: Outgoing): Promise<void>;
  /** Hands the reply to ZeroMQ before it returns: for a process that ends now. */
  replyAtOnce(outgoing: Outgoing): void;
}

/** The sockets on which an engine takes its work: direct, load-balanced and broadcast. */
export class Shell implements Closeable {
  readonly #setup: WorkerSetup;
  readonly #session: Session;
  readonly #log: Logger;
  readonly #onRequest: (request: ShellRequest) => void;
  readonly #channels: Channel[] = [];
  /** One for all sockets: what came on one must not run again by another. */
  readonly #replays = new ReplayGuard();

  constructor(setup: WorkerSetup, log: Logger, onRequest: (request: ShellRequest) => void) {
    this.#setup = setup;
    this.#session = new Session(setup.uuid);
    this.#log = log;
    this.#onRequest = onRequest;
  }

  /** Resolves when the links to the direct and the load-balanced scheduler stand. */
  async connect(): Promise<void> {
    const { mux, task } = this.#setup.info;
    await Promise.all([this.#open(mux), this.#open(task)]);
  }

  /** Each leaf of the broadcast tree serves the engines whose ids it goes by. */
  async joinBroadcast(engineId: number): Promise<void> {
    const { broadcast } = this.#setup.info;
    const port = broadcast[engineId % broadcast.length];
    if (port !== undefined) await this.#open(port);
  }

  async close(): Promise<void> {
    await Promise.all(this.#channels.map((channel) => channel.close()));
  }

  async #open(port: number): Promise<void> {
    const { uuid, route } = this.#setup;
    const socket = new Socket('dealer', {
      identity: uuid,
      connect: [addressOf(route, port)],
      curveServerKey: route.curveServerKey,
    });
    const channel = new Channel(socket, {
      session: this.#session,
      key: route.key,
      log: this.#log,
      replays: this.#replays,
    });
    this.#channels.push(channel);
    void this.#serve(channel); // ends with the socket
    await connected(socket);
  }

  async #serve(channel: Channel): Promise<void> {
    for await (const { idents, message } of channel) {
      this.#onRequest({
        message,
        ids: idsOf(message),
        reply: (outgoing) => channel.send(outgoing, idents),
        replyAtOnce: (outgoing) => channel.postAtOnce(outgoing, idents),
      });
    }
  }
}

/** A broadcast request has an id of its own for each engine, made of its client's. */
function idsOf({ header, metadata }: Message): readonly string[] {
  const original = metadata['original_msg_id'];
  return typeof original === 'string' && original !== ''
    ? [header.msg_id, original]
    : [header.msg_id];
}
