import { until } from '../../src/base/clock.js';
import { deferred, type Deferred } from '../../src/base/deferred.js';
import { silentLogger } from '../../src/base/logger.js';
import { Scope } from '../../src/base/scope.js';
import { Channel } from '../../src/transport/channel.js';
import { Socket, type SocketKind } from '../../src/transport/socket.js';
import { addressOf, type ClientInfoFile, type Route } from '../../src/wire/connection-info.js';
import { type JsonObject, type Message, parentIdOf, Session } from '../../src/wire/message.js';

export type RequestChannel = 'registration' | 'mux' | 'task' | 'control' | 'broadcast';

export interface Question {
  readonly to?: string;
  readonly type: string;
  readonly content?: object;
  readonly metadata?: JsonObject;
  readonly buffers?: readonly Uint8Array[];
  /** How many replies there will be. @defaultValue 1 */
  readonly replies?: number;
}

/** The wire side of a client, over real sockets. */
export class ScriptedClient implements AsyncDisposable {
  readonly session: Session = new Session();
  readonly outputs: Message[] = [];
  readonly notifications: Message[] = [];
  readonly #scope = new Scope();
  readonly #route: Route;
  readonly #channels: Readonly<Record<RequestChannel, Channel>>;
  readonly #open = new Map<string, Deferred<Message>>();

  constructor(info: ClientInfoFile, route: Route) {
    this.#route = route;
    const ask = (port: number): Channel =>
      this.#listen('dealer', port, (message) => {
        this.#settle(message);
      });
    this.#channels = {
      registration: ask(info.registration),
      mux: ask(info.mux),
      task: ask(info.task),
      control: ask(info.control),
      broadcast: ask(info.broadcast),
    };
    this.#listen('subscriber', info.iopub, (message) => this.outputs.push(message));
    this.#listen('subscriber', info.notification, (message) => this.notifications.push(message));
  }

  /** Resolves with the reply. */
  ask(channel: RequestChannel, question: Question): Promise<Message> {
    const { header } = this.post(channel, question);
    return this.replyTo(header.msg_id);
  }

  /** Resolves with the message whose parent has this id. */
  replyTo(id: string): Promise<Message> {
    const reply = this.#open.get(id) ?? deferred<Message>();
    this.#open.set(id, reply);
    return reply.promise;
  }

  /** Asks without waiting for a reply. */
  post(channel: RequestChannel, { to, type, content = {}, ...more }: Question): Message<object> {
    return this.#channels[channel].post({ type, content, ...more }, to === undefined ? [] : [to]);
  }

  /** Sends frames as they are. */
  sendRaw(channel: RequestChannel, frames: readonly Uint8Array[]): Promise<void> {
    return this.#channels[channel].socket.send(frames);
  }

  /** Contents of the notifications of a type that have arrived. */
  noticed(type: string): JsonObject[] {
    return this.notifications
      .filter((message) => message.header.msg_type === type)
      .map((message) => message.content);
  }

  /** Resolves when nothing that is published from now on will be missed. */
  async welcomed(): Promise<void> {
    const found = await until(
      () => this.outputs.some((message) => message.header.msg_type === 'pxlab_welcome'),
      { timeoutMs: 5000, periodMs: 5 },
    );
    if (!found) throw new Error('no welcome on iopub');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#scope.close();
  }

  #settle(message: Message): void {
    const id = parentIdOf(message);
    if (id === undefined) return;
    const reply = this.#open.get(id) ?? deferred<Message>();
    this.#open.set(id, reply);
    reply.resolve(message);
  }

  #listen(kind: SocketKind, port: number, handle: (message: Message) => void): Channel {
    const socket = new Socket(kind, {
      connect: [addressOf(this.#route, port)],
      curveServerKey: this.#route.curveServerKey,
      lingerMs: 0,
      topics: ['', `pxlab-welcome.${this.session.id}`],
    });
    const { session } = this;
    const options = { session, key: this.#route.key, log: silentLogger };
    const channel = this.#scope.use(new Channel(socket, options));
    void (async () => {
      for await (const { message } of channel) handle(message);
    })();
    return channel;
  }
}
