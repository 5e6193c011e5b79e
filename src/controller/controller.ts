import { hostname } from 'node:os';
import { type Clock, systemClock } from '../base/clock.js';
import { ParallelError } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import { Scope } from '../base/scope.js';
import { Channel } from '../transport/channel.js';
import type { ClientInfoFile, EngineInfoFile } from '../wire/connection-info.js';
import type { EngineDeath } from '../wire/contents.js';
import { connectionReply } from '../wire/hub-messages.js';
import { type JsonObject, type Message, Session } from '../wire/message.js';
import { clientInfoOf, engineInfoOf } from './connection-infos.js';
import { EngineOutlet } from './engine-outlet.js';
import { HeartMonitor } from './heart-monitor.js';
import { Hub, type Query } from './hub.js';
import type { EngineEntry } from './hub-state.js';
import { IopubRelay } from './iopub-relay.js';
import { Relay } from './relay.js';
import { ControllerSockets, type SocketName, type TcpOptions } from './sockets.js';

export type { EngineEntry } from './hub-state.js';
export type { TcpOptions } from './sockets.js';

export interface ControllerOptions {
  /** `ipc:///dir/s`, in a folder that exists and is ours alone. */
  readonly ipcBase?: string | undefined;
  readonly tcp?: TcpOptions | undefined;
  /** HMAC key of the cluster, as text. */
  readonly key: string;
  /** Name or address by which other machines reach this one. @defaultValue the host's name */
  readonly location?: string | undefined;
  readonly heartbeat?: HeartbeatOptions | undefined;
  readonly log: Logger;
  readonly clock?: Clock | undefined;
  /** Path of the lease socket, for the connection files. */
  readonly leasePath?: string | undefined;
  /** Answers a `pxlab_cluster_request`. Without it such a request is refused. */
  readonly onClusterRequest?:
    ((content: JsonObject, request: Message) => Promise<object>) | undefined;
  /** A client asked for the end of the cluster; it was answered and told already. */
  readonly onShutdown?: (() => void) | undefined;
}

export interface HeartbeatOptions {
  /** @defaultValue 3000 */
  readonly periodMs?: number | undefined;
  /** Periods that an engine may be silent. @defaultValue 10 */
  readonly maxMissed?: number | undefined;
}

export type EngineChange =
  | { readonly type: 'registered'; readonly engine: EngineEntry }
  | { readonly type: 'lost'; readonly engine: EngineEntry; readonly death: EngineDeath };

/**
 * What stands between clients and engines: registers engines, watches their hearts, carries requests,
 * replies and outputs. It opens sockets and nothing else; writing the connection files is its owner's.
 */
export class Controller implements AsyncDisposable {
  readonly engineInfo: EngineInfoFile;
  readonly clientInfo: ClientInfoFile;
  readonly #options: ControllerOptions;
  readonly #scope = new Scope();
  readonly #sockets: ControllerSockets;
  readonly #session = new Session();
  readonly #hub: Hub;
  readonly #heart: HeartMonitor;
  readonly #listeners = new Set<(change: EngineChange) => void>();
  #isShutDown = false;

  /** @throws {@link ParallelError} `ADDRESS_IN_USE`, `BAD_ARGUMENT` without an address to listen at. */
  static async start(options: ControllerOptions): Promise<Controller> {
    const { ipcBase, tcp } = options;
    if (ipcBase === undefined && tcp === undefined) {
      throw new ParallelError(
        'BAD_ARGUMENT',
        'A controller needs an address to listen at: give `ipcBase`, `tcp`, or both.',
      );
    }
    return new Controller(options, await ControllerSockets.bind({ ipcBase, tcp }));
  }

  private constructor(options: ControllerOptions, sockets: ControllerSockets) {
    this.#options = options;
    this.#sockets = this.#scope.use(sockets);
    const infoOptions = {
      ...options,
      location: options.location ?? hostname(),
      taskScheme: 'leastload',
    };
    this.engineInfo = engineInfoOf(sockets, infoOptions);
    this.clientInfo = clientInfoOf(sockets, infoOptions);
    this.#hub = this.#scope.use(this.#openHub());
    this.#heart = this.#scope.use(this.#openHeart());
    this.#openRelay('clientMux', 'engineMux');
    this.#openRelay('clientControl', 'engineControl');
    this.#openIopub();
  }

  /** Engines that are registered, by id. */
  get engines(): ReadonlyMap<number, EngineEntry> {
    return this.#hub.engines;
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

  /** Asks every engine to end; `onEngineChange` tells when each has. */
  shutdownEngines(): void {
    for (const { uuid } of this.engines.values()) {
      this.#channel('engineControl').post(
        { type: 'shutdown_request', content: { restart: false } },
        [uuid, 'controller'],
      );
    }
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
    const { heartbeat, log } = this.#options;
    return new Hub({
      requests: this.#channel('registration'),
      notifications: this.#channel('notification'),
      engineInfo: this.engineInfo,
      periodMs: heartbeat?.periodMs ?? defaultHeartbeat.periodMs,
      clock: this.#clock,
      log,
      queries: this.#queries(),
      listener: {
        onAccepted: (uuid) => this.#heart.watch(uuid),
        onRegistered: (engine) => this.#tell({ type: 'registered', engine }),
        onLost: (engine, death) => {
          this.#heart.forget(engine.uuid);
          this.#tell({ type: 'lost', engine, death });
        },
        onGivenUp: (uuid) => this.#heart.forget(uuid),
      },
    });
  }

  #openHeart(): HeartMonitor {
    const { heartbeat, log } = this.#options;
    return new HeartMonitor({
      periodMs: heartbeat?.periodMs ?? defaultHeartbeat.periodMs,
      maxMissed: heartbeat?.maxMissed ?? defaultHeartbeat.maxMissed,
      ping: this.#sockets.socket('heartPing'),
      pong: this.#sockets.socket('heartPong'),
      clock: this.#clock,
      log,
      listener: {
        onBegan: (uuid) => this.#hub.handle({ type: 'heart-began', uuid }),
        onLost: (uuid) => this.engineLost(uuid, { how: 'silent' }),
        onTime: (nowMs) => this.#hub.handle({ type: 'time-passed', nowMs }),
      },
    });
  }

  #openRelay(clients: SocketName, engines: SocketName): void {
    const socket = this.#sockets.socket(engines);
    this.#scope.use(
      new Relay({
        clients: this.#sockets.socket(clients),
        engines: socket,
        outlet: this.#outlet(engines),
        log: this.#options.log,
      }),
    );
    socket.onLink((event) => {
      if (event === 'disconnected') this.#heart.suspect();
    });
  }

  #openIopub(): void {
    this.#scope.use(
      new IopubRelay({
        engines: this.#sockets.socket('engineIopub'),
        clients: this.#channel('clientIopub'),
        log: this.#options.log,
      }),
    );
  }

  #queries(): ReadonlyMap<string, Query> {
    return new Map<string, Query>([
      ['connection', () => ({ content: connectionReply([...this.engines.values()]) })],
      ['shutdown', () => this.#shutdown()],
      ['pxlab_cluster', (content, request) => this.#askOwner(content, request)],
    ]);
  }

  /** The owner is told after the reply and the notification are on their way. */
  #shutdown(): { content: object } {
    setImmediate(() => {
      this.#announceShutdown();
      this.#options.onShutdown?.();
    });
    return { content: { status: 'ok' } };
  }

  async #askOwner(content: JsonObject, request: Message): Promise<{ content: object }> {
    const { onClusterRequest } = this.#options;
    if (onClusterRequest === undefined) {
      throw new ParallelError(
        'BAD_ARGUMENT',
        'This controller was started by itself: there is no cluster that it could ask.',
      );
    }
    return { content: await onClusterRequest(content, request) };
  }

  #announceShutdown(): void {
    if (this.#isShutDown) return;
    this.#isShutDown = true;
    this.#hub.notify({ type: 'shutdown_notification', content: { status: 'ok' } });
  }

  #tell(change: EngineChange): void {
    for (const listener of this.#listeners) listener(change);
  }

  #outlet(name: SocketName): EngineOutlet {
    return new EngineOutlet({
      socket: this.#sockets.socket(name),
      clock: this.#clock,
      log: this.#options.log,
      isRegistered: (uuid) => this.#hub.byUuid(uuid) !== undefined,
      onUnreachable: (uuid) => this.engineLost(uuid, { how: 'silent' }),
    });
  }

  #channel(name: SocketName): Channel {
    const { key, log } = this.#options;
    return new Channel(this.#sockets.socket(name), { session: this.#session, key, log });
  }

  get #clock(): Clock {
    return this.#options.clock ?? systemClock;
  }
}

const defaultHeartbeat = { periodMs: 3000, maxMissed: 10 } as const;
