import { deferred, type Deferred } from '../../src/base/deferred.js';
import { silentLogger } from '../../src/base/logger.js';
import { Scope } from '../../src/base/scope.js';
import { Channel } from '../../src/transport/channel.js';
import { Socket, type SocketKind } from '../../src/transport/socket.js';
import { addressOf, type EngineInfoFile, type Route } from '../../src/wire/connection-info.js';
import type { Incoming } from '../../src/wire/framing.js';
import { type JsonObject, type Message, newSessionId, Session } from '../../src/wire/message.js';

/** What an engine says to a request; undefined for nothing. */
interface Answer {
  readonly content?: JsonObject;
  readonly metadata?: JsonObject;
  readonly buffers?: readonly Uint8Array[];
}
export type Script = (
  request: Message,
  engine: ScriptedEngine,
) => Answer | undefined | Promise<Answer | undefined>;

export interface EngineScript {
  readonly uuid?: string;
  readonly requestedId?: number;
  readonly answer?: Script;
  /** A heart that never beats. */
  readonly isHeartless?: boolean;
  /** It registers without a link to mux, until `connectMux`. */
  readonly isMuxLate?: boolean;
}

const ok: Script = () => ({});

/** The wire side of an engine, over real sockets, whose answers a test writes. */
export class ScriptedEngine implements AsyncDisposable {
  readonly uuid: string;
  /** Content of the reply to its registration. */
  readonly reply: Promise<JsonObject>;
  readonly requests: Message[] = [];
  readonly #scope = new Scope();
  readonly #route: Route;
  readonly #session: Session;
  readonly #iopub: Channel;
  readonly #registration: Channel;
  readonly #answer: Script;
  readonly #muxPort: number;
  readonly #heart: Socket[] = [];
  readonly #reply: Deferred<JsonObject> = deferred<JsonObject>();

  constructor(info: EngineInfoFile, route: Route, script: EngineScript = {}) {
    this.uuid = script.uuid ?? newSessionId();
    this.reply = this.#reply.promise;
    this.#route = route;
    this.#answer = script.answer ?? ok;
    this.#session = new Session(this.uuid);
    this.#registration = this.#open('dealer', info.registration);
    this.#iopub = this.#open('xpublisher', info.iopub);
    void this.#read(this.#registration, (message) => this.#reply.resolve(message.content));
    for (const port of [info.task, info.control]) this.#listen(port);
    void this.reply.then(({ id }) => this.#joinBroadcast(info, Number(id ?? 0)));
    this.#muxPort = info.mux;
    if (script.isMuxLate !== true) this.connectMux();
    if (script.isHeartless !== true) this.#beat(info);
    this.#registration.post({
      type: 'registration_request',
      content: { uuid: this.uuid, id: script.requestedId ?? null },
    });
  }

  /** Publishes as an engine does: topic first. */
  publish(type: string, content: object, parent?: Message): void {
    const outgoing = { type, content, parent: parent?.header };
    this.#iopub.post(outgoing, [`engine.0.${type}`]);
  }

  unregister(id: number): void {
    this.#registration.post({ type: 'unregistration_request', content: { id } });
  }

  connectMux(): void {
    this.#listen(this.#muxPort);
  }

  /** From now on pings are not answered. */
  async stopHeart(): Promise<void> {
    for (const socket of this.#heart) await socket.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#scope.close();
  }

  /** The leaf that goes by its id. */
  #joinBroadcast({ broadcast }: EngineInfoFile, id: number): void {
    this.#listen(broadcast[id % broadcast.length] ?? 0);
  }

  #listen(port: number): void {
    const channel = this.#open('dealer', port);
    void this.#read(channel, (message, idents) => this.#serve(channel, message, idents));
  }

  async #serve(channel: Channel, request: Message, idents: readonly Uint8Array[]): Promise<void> {
    this.requests.push(request);
    const answer = await this.#answer(request, this);
    if (answer === undefined) return;
    const status = answer.content?.['status'] ?? 'ok';
    const { original_msg_id: original, is_coalescing: isCoalescing } = request.metadata;
    const broadcast = { original_msg_id: original ?? '', is_coalescing: isCoalescing ?? false };
    channel.post(
      {
        type: request.header.msg_type.replace('_request', '_reply'),
        content: { status, ...answer.content },
        metadata: { status, engine: this.uuid, ...broadcast, ...answer.metadata },
        parent: request.header,
        buffers: answer.buffers,
      },
      idents,
    );
  }

  #beat(info: EngineInfoFile): void {
    const [ping, pong] = [info.hb_ping, info.hb_pong].map((port, index) =>
      this.#scope.use(this.#socket(index === 0 ? 'subscriber' : 'dealer', port)),
    );
    if (ping === undefined || pong === undefined) return;
    this.#heart.push(ping, pong);
    void (async () => {
      for await (const frames of ping) await pong.send(frames);
    })();
  }

  async #read(
    channel: Channel,
    handle: (message: Message, idents: Incoming['idents']) => void | Promise<void>,
  ): Promise<void> {
    for await (const { message, idents } of channel) void handle(message, idents);
  }

  #open(kind: SocketKind, port: number): Channel {
    const socket = this.#socket(kind, port);
    const options = { session: this.#session, key: this.#route.key, log: silentLogger };
    return this.#scope.use(new Channel(socket, options));
  }

  #socket(kind: SocketKind, port: number): Socket {
    return new Socket(kind, {
      ...(kind === 'dealer' ? { identity: this.uuid } : {}),
      connect: [addressOf(this.#route, port)],
      curveServerKey: this.#route.curveServerKey,
      lingerMs: 0,
    });
  }
}
