import { setMaxListeners } from 'node:events';
import type { Clock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import { Scope } from '../base/scope.js';
import { SparseLog } from '../base/sparse-log.js';
import type { Channel, Idents } from '../transport/channel.js';
import type { LinkEvent } from '../transport/socket.js';
import { broadcastMetadata } from '../wire/broadcast-messages.js';
import type { Incoming } from '../wire/framing.js';
import { type ClusterState, readState } from '../wire/cluster-state.js';
import { type JsonObject, type Message, parentIdOf, Session } from '../wire/message.js';
import { type Engine, EngineDirectory } from './engine-directory.js';
import { DisconnectedError, EngineLostError } from './errors.js';
import type { FoundCluster } from './find-cluster.js';
import { type Greeting, greet } from './greeting.js';
import { LeaseLine } from './lease-line.js';
import { type Links, openLinks } from './links.js';
import { clusterGone, questionLost } from './lost-connection.js';
import { OutputFeed } from './output-feed.js';
import { Outstanding } from './outstanding.js';
import { checkHubReply, readEngines, readNotice } from './read-hub.js';
import { RequestChannel } from './request-channel.js';
import { readReply } from './task-reply.js';

/** What the engine printed and answered last may come a moment after the news of its death. */
const lossGraceMs = 50;
/** What has no harm in being asked twice. */
const repeatable = /^(connection|result|queue|load|history|db|shutdown)_request$/;

export interface ConnectionOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  /** Hears how the cluster stands, at each change; outputs are not heard then. */
  readonly onState?: ((state: ClusterState) => void) | undefined;
}

/** A client's connection to one controller: its sockets, what it waits for, and which engines there are. */
export class Connection implements AsyncDisposable {
  readonly session: Session = new Session();
  readonly directory: EngineDirectory = new EngineDirectory();
  readonly outstanding: Outstanding;
  /** What engines publish. */
  readonly feed: OutputFeed;
  /** True when the controller is ours: its records tell outputs in their order, and mark them. */
  readonly hasMarks: boolean;
  /** True when the controller is on this machine, so that its silence is its end. */
  readonly isHere: boolean;
  readonly clock: Clock;
  readonly log: Logger;
  readonly #sparse: SparseLog;
  readonly #links: Links;
  readonly #query: RequestChannel;
  readonly #control: RequestChannel;
  readonly #scope = new Scope();
  readonly #loops: Promise<void>[];
  readonly #closing = new AbortController();
  readonly #endListeners = new Set<(reason: Error) => void>();
  readonly #onState: ConnectionOptions['onState'];
  #linkListener: ((event: LinkEvent, link: string) => void) | undefined;
  #greeting: Greeting | undefined;
  /** Opened when it is needed first. */
  #broadcast: Channel | undefined;

  /** Opens the sockets and waits until the controller has answered on them. */
  static async open(cluster: FoundCluster, options: ConnectionOptions): Promise<Connection> {
    options.signal?.throwIfAborted();
    const connection = new Connection(cluster, options);
    try {
      await connection.#greet(cluster, options);
      return connection;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  private constructor({ info, route, isHere }: FoundCluster, options: ConnectionOptions) {
    const { clock, log, onState } = options;
    const { session } = this;
    // A wait for each engine that is lost, and all of them can be lost at once.
    setMaxListeners(0, this.#closing.signal);
    this.clock = clock;
    this.log = log;
    this.#sparse = new SparseLog(log);
    this.#onState = onState;
    this.outstanding = new Outstanding(clock);
    this.feed = new OutputFeed(this.outstanding);
    this.hasMarks = info.pxlab !== undefined;
    const onFault = (error: Error): void => this.#greeting?.onFault(error);
    const hears = onState === undefined ? 'outputs' : 'state';
    this.#links = this.#scope.use(openLinks({ route, info, session, log, onFault, hears }));
    this.#query = new RequestChannel(this.#links.query);
    this.#control = new RequestChannel(this.#links.control);
    this.isHere = isHere;
    this.#links.onLink((event, link) => this.#onLink(event, link));
    this.#loops = [
      this.#query.serve(),
      this.#control.serve(),
      this.#serve(this.#links.mux, (incoming) => this.#onReply(incoming)),
      this.#serve(this.#links.task, (incoming) => this.#onReply(incoming)),
      this.#serve(this.#links.iopub, (incoming) => this.#onPublication(incoming)),
      this.#serve(this.#links.notification, (incoming) => this.#onNotification(incoming)),
    ];
    const lease = info.pxlab?.lease;
    if (lease !== undefined && route.base.startsWith('ipc://')) this.#holdLease(lease);
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Why the connection ended; undefined while it holds. */
  get closedBy(): unknown {
    return this.#closing.signal.reason as unknown;
  }

  /** Sends to an engine, or with no engine to the scheduler of load-balanced tasks. */
  post(engine: Engine | undefined, outgoing: Parameters<Channel['post']>[0]): void {
    if (engine === undefined) this.#links.task.post(outgoing);
    else this.#links.mux.post(outgoing, [engine.uuid]);
  }

  /** Sends one request, which the controller copies for `engines`. */
  broadcast(
    engines: readonly Engine[],
    { metadata, ...outgoing }: Parameters<Channel['post']>[0],
  ): void {
    this.#broadcast ??= this.#openBroadcast();
    this.#broadcast.post({ ...outgoing, metadata: { ...metadata, ...broadcastMetadata(engines) } });
  }

  /** Asks the hub. @throws what it answered, when it refused. */
  async query(type: string, content: object, signal?: AbortSignal): Promise<Message> {
    const isRepeatable = repeatable.test(type);
    const reply = await this.#query.request({ type, content }, { signal, isRepeatable });
    checkHubReply(reply);
    return reply;
  }

  /**
   * Asks an engine's control channel, which answers while user code runs. Fails when the engine is lost;
   * `signal` gives up.
   */
  async control(
    engine: Engine,
    request: { readonly type: string; readonly content: object },
    signal?: AbortSignal,
  ): Promise<JsonObject> {
    const lost = new AbortController();
    const end = this.directory.onChange((change) => {
      if (change.type !== 'engine-lost' || change.engine.uuid !== engine.uuid) return;
      lost.abort(new EngineLostError(engine.id, change.death, true));
    });
    const idents: Idents = [engine.uuid];
    try {
      const given = signal === undefined ? lost.signal : AbortSignal.any([lost.signal, signal]);
      return (await this.#control.request(request, { idents, signal: given })).content;
    } finally {
      end();
    }
  }

  /** Calls `listener` once, when the connection ended, by `close` or otherwise. */
  onEnd(listener: (reason: Error) => void): () => void {
    this.#endListeners.add(listener);
    return () => this.#endListeners.delete(listener);
  }

  /** Calls `listener` at each link that breaks or stands again, now that the controller has answered. */
  watchLinks(listener: (event: LinkEvent, link: string) => void): void {
    this.#linkListener = listener;
  }

  /** A link broke: what was asked on it, and may be asked twice, is asked again; the rest fails. */
  askAgain(link: string): void {
    if (link === 'query') this.#query.linkBroke(questionLost());
    if (link === 'control') this.#control.linkBroke(questionLost());
  }

  /** Aborted, with its reason, when the connection ends. */
  get ending(): AbortSignal {
    return this.#closing.signal;
  }

  /** Ends it with `reason`, since the controller is gone or out of reach. */
  lose(reason: Error): void {
    if (this.isClosed) return;
    this.#end(reason);
    this.close().catch((error: unknown) => {
      this.log.warn('closing failed', { error: messageOf(error) });
    });
  }

  /** Idempotent. What is outstanding fails. */
  async close(): Promise<void> {
    this.#end(new DisconnectedError('The client was closed before the answer came.'));
    await this.#scope.close();
    await Promise.all(this.#loops);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #greet(cluster: FoundCluster, options: ConnectionOptions): Promise<void> {
    const askEngines = (): Promise<Message> => this.query('connection_request', {});
    this.#greeting = greet(cluster, { ...options, session: this.session, askEngines });
    try {
      this.directory.replace(readEngines((await this.#greeting.done).content));
    } finally {
      this.#greeting = undefined;
    }
  }

  #openBroadcast(): Channel {
    const channel = this.#links.openBroadcast();
    this.#loops.push(this.#serve(channel, (incoming) => this.#onReply(incoming)));
    return channel;
  }

  /** One bad message never ends the loop. */
  async #serve(channel: Channel, handle: (incoming: Incoming) => void): Promise<void> {
    for await (const incoming of channel) {
      try {
        handle(incoming);
      } catch (error) {
        const type = incoming.message.header.msg_type;
        this.#sparse.warn('message not understood', { type, error: messageOf(error) });
      }
    }
  }

  #onReply({ message }: Incoming): void {
    const id = parentIdOf(message);
    if (id === undefined) return;
    const read = readReply(message);
    const engineId = read.engineId ?? this.directory.byUuid(read.engineUuid ?? '')?.id;
    this.outstanding.handle({ type: 'replied', id, reply: { ...read, engineId } });
    const death = read.metadata.pxlab?.death;
    if (read.engineUuid !== undefined && death !== undefined)
      this.directory.remove(read.engineUuid, death);
  }

  #onPublication(incoming: Incoming): void {
    const { message } = incoming;
    if (message.header.msg_type === 'pxlab_welcome') this.#greeting?.onWelcome(message.content);
    if (message.header.msg_type === 'pxlab_state') this.#onState?.(readState(message.content));
    this.feed.take(incoming);
  }

  #onNotification({ message }: Incoming): void {
    switch (message.header.msg_type) {
      case 'registration_notification':
        this.directory.add(readNotice(message.content));
        break;
      case 'unregistration_notification': {
        const { uuid, death } = readNotice(message.content);
        this.directory.remove(uuid, death);
        void this.#loseEngine(uuid, death); // does not reject: the clock does not
        break;
      }
      case 'shutdown_notification':
        this.lose(clusterGone('stopped'));
        break;
    }
  }

  async #loseEngine(
    engineUuid: string,
    death: ReturnType<typeof readNotice>['death'],
  ): Promise<void> {
    await this.clock.sleep(lossGraceMs, this.#closing.signal);
    this.outstanding.handle({ type: 'engine-lost', engineUuid, death });
  }

  #onLink(event: LinkEvent, link: string): void {
    this.#greeting?.onLink(event, link);
    if (this.isClosed || this.#greeting !== undefined) return;
    this.#linkListener?.(event, link);
  }

  #holdLease(path: string): void {
    const onEnd = (): void => this.lose(clusterGone('dead'));
    this.#scope.use(new LeaseLine(path, { session: this.session.id, onEnd }));
  }

  #end(reason: Error): void {
    if (this.isClosed) return;
    this.#closing.abort(reason);
    this.#query.fail(reason);
    this.#control.fail(reason);
    this.outstanding.close(reason);
    for (const listener of this.#endListeners) listener(reason);
  }
}
