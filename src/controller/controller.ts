import { hostname } from 'node:os';
import { type Clock, systemClock, until } from '../base/clock.js';
import { ParallelError } from '../base/errors.js';
import { Scope } from '../base/scope.js';
import { Channel } from '../transport/channel.js';
import type { ClientInfoFile, EngineInfoFile } from '../wire/connection-info.js';
import type { EngineDeath } from '../wire/contents.js';
import { encode, Signer } from '../wire/framing.js';
import { Session } from '../wire/message.js';
import { ReplayGuard } from '../wire/replay-guard.js';
import { askOwner } from './ask-owner.js';
import { Bookkeeper } from './bookkeeper.js';
import { Broadcast } from './broadcast.js';
import { clientInfoOf, engineInfoOf } from './connection-infos.js';
import { type ControllerOptions, type EngineChange, heartbeatOf } from './controller-options.js';
import { EngineCommands, nobody } from './engine-commands.js';
import { EngineOutlet } from './engine-outlet.js';
import type { Fence } from './fence.js';
import { HeartMonitor } from './heart-monitor.js';
import { Hub, type Query } from './hub.js';
import { hubQueries } from './hub-queries.js';
import type { EngineEntry, Roster } from './hub-state.js';
import { MissingEngines } from './missing-engines.js';
import { openRelays } from './open-relays.js';
import { openRequestFence } from './request-fences.js';
import { ControllerSockets, type SocketName } from './sockets.js';
import { StateFeed } from './state-feed.js';
import { TaskScheduler } from './task-scheduler.js';

export type { ControllerOptions, EngineChange, HeartbeatOptions } from './controller-options.js';
export type { SshServers } from './connection-infos.js';
export type { EngineEntry, Roster } from './hub-state.js';
export type { PortChoice, TcpOptions } from './sockets.js';

/**
 * What stands between clients and engines: registers engines, watches their hearts, carries requests,
 * replies and outputs. It opens sockets and nothing else; writing the connection files is its owner's.
 */
export class Controller implements AsyncDisposable {
  readonly engineInfo: EngineInfoFile;
  readonly clientInfo: ClientInfoFile;
  /** How the cluster stands, for those who look. */
  readonly feed: StateFeed;
  readonly #options: ControllerOptions;
  readonly #scope = new Scope();
  readonly #sockets: ControllerSockets;
  readonly #session: Session;
  /** Of what clients send, and of what engines do: outputs do not displace requests. */
  readonly #replays = { requests: new ReplayGuard(), answers: new ReplayGuard() };
  readonly #hub: Hub;
  readonly #heart: HeartMonitor;
  readonly #tasks: TaskScheduler;
  readonly #broadcast: Broadcast;
  readonly #bookkeeper: Bookkeeper;
  readonly #signer: Signer;
  readonly #commands: EngineCommands;
  readonly #control: EngineOutlet;
  readonly #mux: EngineOutlet;
  readonly #muxFence: Fence;
  readonly #broadcastFence: Fence;
  readonly #missing = new MissingEngines();
  readonly #listeners = new Set<(change: EngineChange) => void>();
  #isShutDown = false;

  /** @throws {@link ParallelError} `ADDRESS_IN_USE`, `BAD_ARGUMENT` without an address to listen at. */
  static async start(options: ControllerOptions): Promise<Controller> {
    const { ipcBase, tcp, broadcastLeaves } = options;
    if (ipcBase === undefined && tcp === undefined) {
      throw new ParallelError(
        'BAD_ARGUMENT',
        'A controller needs an address to listen at: give `ipcBase`, `tcp`, or both.',
      );
    }
    const listen = { ipcBase, tcp, broadcastLeaves };
    return new Controller(options, await ControllerSockets.bind(listen, options.log));
  }

  private constructor(options: ControllerOptions, sockets: ControllerSockets) {
    this.#options = options;
    this.#session = new Session(options.session?.id, options.session?.username);
    this.#sockets = this.#scope.use(sockets);
    const info = {
      ...options,
      location: options.location ?? hostname(),
      taskScheme: options.tasks?.scheme ?? 'leastload',
    };
    this.engineInfo = engineInfoOf(sockets, info);
    this.clientInfo = clientInfoOf(sockets, info);
    this.#bookkeeper = new Bookkeeper({
      limits: options.records,
      log: options.log,
      onFarewell: (uuid) => this.engineLost(uuid, { how: 'left' }),
      onChange: () => this.feed.touch(),
      onMuxReply: (reply) => this.#muxFence.answered(reply),
      onEnd: (id) => this.#publish({ type: 'pxlab_end', content: { id } }),
    });
    this.feed = this.#scope.use(this.#openFeed());
    this.#signer = new Signer(options.key);
    this.#commands = new EngineCommands(this.#session, this.#signer);
    this.#control = this.#outlet('engineControl');
    this.#mux = this.#outlet('engineMux');
    this.#hub = this.#scope.use(this.#openHub());
    this.#heart = this.#scope.use(this.#openHeart());
    const relays = openRelays({
      channel: (name) => this.#channel(name),
      muxOutlet: this.#mux,
      controlOutlet: this.#control,
      bookkeeper: this.#bookkeeper,
      feed: this.feed,
      log: options.log,
    });
    for (const relay of relays) this.#scope.use(relay);
    this.#tasks = this.#scope.use(this.#openTasks());
    const broadcast = this.#outlet('engineBroadcast');
    this.#broadcast = this.#scope.use(this.#openBroadcast(broadcast));
    this.#muxFence = this.#openFence('mux', this.#mux);
    this.#broadcastFence = this.#openFence('broadcast', broadcast);
    this.#suspectWhenLinksBreak();
    const { restored: roster } = options;
    if (roster) this.#hub.handle({ type: 'restored', roster, nowMs: this.#clock.now() });
  }

  /** Engines that are registered, by id. */
  get engines(): ReadonlyMap<number, EngineEntry> {
    return this.#hub.engines;
  }

  /** What another run could restore. */
  get roster(): Roster {
    return this.#hub.roster;
  }

  /** Tells that the process of an engine ended, by whoever saw it. Unknown engines are ignored. */
  engineLost(uuid: string, death: EngineDeath): void {
    this.#hub.handle({ type: 'engine-lost', uuid, death });
  }

  /** Calls `listener` at each engine that is registered or lost. @returns a function that ends it. */
  onEngineChange(listener: (change: EngineChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells clients that the cluster ends, and asks every engine to; `onEngineChange` tells when each has. */
  shutdownEngines(): void {
    this.#announceShutdown();
    for (const { uuid } of this.engines.values()) this.#commands.shutDown(uuid, this.#control);
  }

  /** Another run will take its place: clients and engines are not told that the cluster ends. */
  async makeRoom(): Promise<void> {
    await this.#scope.close();
  }

  /** Tells clients that the cluster ended, and closes all sockets. */
  async close(): Promise<void> {
    this.#announceShutdown();
    await this.#scope.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #openHub(): Hub {
    const { registrationTimeoutMs } = this.#options;
    const { periodMs } = heartbeatOf(this.#options);
    return new Hub({
      requests: this.#channel('registration'),
      notifications: this.#channel('notification'),
      engineInfo: this.engineInfo,
      periodMs,
      registrationTimeoutMs:
        registrationTimeoutMs ?? Math.max(minRegistrationTimeoutMs, periodMs * 10),
      clock: this.#clock,
      log: this.#options.log,
      queries: this.#queries(),
      listener: {
        onAccepted: (uuid) => this.#heart.watch(uuid),
        onRegistered: (engine) => this.#welcome(engine),
        onLost: (engine, death) => this.#mourn(engine, death),
        onGivenUp: (uuid) => this.#heart.forget(uuid),
      },
    });
  }

  #openHeart(): HeartMonitor {
    return new HeartMonitor({
      ...heartbeatOf(this.#options),
      ping: this.#sockets.socket('heartPing'),
      pong: this.#sockets.socket('heartPong'),
      clock: this.#clock,
      log: this.#options.log,
      listener: {
        onBegan: (uuid) => this.#hub.handle({ type: 'heart-began', uuid }),
        // Its control link is tried for a while; when that is gone as well, so is the engine.
        onSuspected: (uuid) => this.#commands.ask(uuid, this.#control),
        // What it held counts as gone, and others may have taken its place.
        onStranger: (uuid) =>
          this.#missing.has(uuid) && this.#commands.shutDown(uuid, this.#control),
        onLost: (uuid) => this.engineLost(uuid, { how: 'silent' }),
        onTime: (nowMs) => this.#hub.handle({ type: 'time-passed', nowMs }),
      },
    });
  }

  #openFence(queue: 'mux' | 'broadcast', outlet: EngineOutlet): Fence {
    return openRequestFence({
      queue,
      channel: (name) => this.#channel(name),
      bookkeeper: this.#bookkeeper,
      clock: this.#clock,
      ask: (uuid) => this.#commands.ask(uuid, outlet),
      broadcast: this.#broadcast,
    });
  }

  #openFeed(): StateFeed {
    return new StateFeed({
      engineIopub: this.#channel('engineIopub'),
      clientIopub: this.#channel('clientIopub'),
      bookkeeper: this.#bookkeeper,
      clock: this.#clock,
      engines: () => this.engines,
      deaths: () => this.#options.deaths?.() ?? [],
    });
  }

  #openTasks(): TaskScheduler {
    const outlet = this.#outlet('engineTask');
    return new TaskScheduler({
      ...this.#options.tasks,
      clients: this.#channel('clientTask'),
      engines: this.#channel('engineTask'),
      outlet,
      ask: (uuid) => this.#commands.ask(uuid, outlet),
      clock: this.#clock,
      log: this.#options.log,
      listener: this.#bookkeeper.tasks,
    });
  }

  #openBroadcast(outlet: EngineOutlet): Broadcast {
    return new Broadcast({
      clients: this.#channel('clientBroadcast'),
      engines: this.#channel('engineBroadcast'),
      outlet,
      isForController: (reply) => this.#broadcastFence.answered(reply),
      signer: this.#signer,
      log: this.#options.log,
      listener: this.#bookkeeper.broadcasts,
    });
  }

  /** A connection of an engine that dies ends before its heart is missed. */
  #suspectWhenLinksBreak(): void {
    for (const name of ['engineMux', 'engineControl'] as const) {
      this.#sockets.socket(name).onLink((event) => {
        if (event === 'disconnected') this.#heart.suspect();
      });
    }
  }

  /** So that a client that comes at once finds the engines; some may have gone. */
  async #whenRestored(): Promise<void> {
    if (!this.#hub.isRestoring) return;
    await until(() => !this.#hub.isRestoring, { timeoutMs: restoreGraceMs, clock: this.#clock });
  }

  #queries(): ReadonlyMap<string, Query> {
    return new Map<string, Query>([
      ...hubQueries({
        engines: () => this.engines,
        whenRestored: () => this.#whenRestored(),
        book: this.#bookkeeper.book,
        settle: () => this.#bookkeeper.settle(),
        mark: (mark) => this.#publish({ type: 'pxlab_mark', content: { mark } }),
        // The answer goes nowhere; clients find it by `result_request`.
        resubmit: (request) => this.#tasks.submit(encode(request, this.#signer, [nobody])),
      }),
      ['shutdown', () => this.#shutdown()],
      ['pxlab_cluster', (_, request) => askOwner(this.#options, request)],
    ]);
  }

  /** Tells clients something among the outputs, in their order. */
  #publish(message: { type: string; content: object }): void {
    this.#channel('clientIopub').post(message, [message.type.replace('_', '-')]);
  }

  /** The owner is told after the reply and the notification are on their way. */
  #shutdown(): { content: object } {
    setImmediate(() => {
      this.#announceShutdown();
      this.#options.onShutdown?.();
    });
    return { content: { status: 'ok' } };
  }

  #announceShutdown(): void {
    if (this.#isShutDown) return;
    this.#isShutDown = true;
    this.#hub.notify({ type: 'shutdown_notification', content: { status: 'ok' } });
  }

  #welcome(engine: EngineEntry): void {
    this.#bookkeeper.engineRegistered(engine);
    this.#broadcast.engineRegistered(engine.uuid);
    this.#tasks.engineRegistered(engine.uuid);
    this.#tell({ type: 'registered', engine });
  }

  #mourn(engine: EngineEntry, death: EngineDeath): void {
    const { uuid } = engine;
    if (death.how === 'silent') this.#missing.add(uuid);
    this.#muxFence.engineLost(uuid);
    this.#broadcastFence.engineLost(uuid);
    this.#heart.forget(uuid);
    this.#bookkeeper.engineLost(engine, death);
    this.#broadcast.engineLost(uuid);
    this.#tasks.engineLost(uuid, death);
    this.#tell({ type: 'lost', engine, death });
  }

  #tell(change: EngineChange): void {
    for (const listener of this.#listeners) listener(change);
  }

  #outlet(name: SocketName): EngineOutlet {
    return new EngineOutlet({
      socket: this.#sockets.socket(name),
      patienceMs: heartbeatOf(this.#options).reconnectMs,
      clock: this.#clock,
      log: this.#options.log,
      isExpected: (uuid) => this.#hub.hasOrAwaits(uuid),
      onUnreachable: (uuid) => this.engineLost(uuid, { how: 'silent' }),
    });
  }

  #channel(name: SocketName): Channel {
    const { key, log } = this.#options;
    const replays = this.#replays[name.startsWith('engine') ? 'answers' : 'requests'];
    return new Channel(this.#sockets.socket(name), { session: this.#session, key, log, replays });
  }

  get #clock(): Clock {
    return this.#options.clock ?? systemClock;
  }
}

const minRegistrationTimeoutMs = 30_000;
/** Time for engines of an earlier run to connect again before the first clients are told who is here. */
const restoreGraceMs = 3000;
