import type { Clock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import type { EngineObituary } from '../wire/cluster-requests.js';
import type { EngineDeath } from '../wire/contents.js';
import type { JsonObject, Message } from '../wire/message.js';
import type { SshServers } from './connection-infos.js';
import type { EngineEntry, Roster } from './hub-state.js';
import type { RecordLimits } from './record-store.js';
import type { TcpOptions } from './sockets.js';
import type { TaskSchedulerOptions } from './task-events.js';

export interface ControllerOptions {
  /** `ipc:///dir/s`, in a folder that exists and is ours alone. */
  readonly ipcBase?: string | undefined;
  readonly tcp?: TcpOptions | undefined;
  /** Ports of the broadcast socket of engines. @defaultValue 1 */
  readonly broadcastLeaves?: number | undefined;
  /** HMAC key of the cluster, as text. */
  readonly key: string;
  /** Name or address by which other machines reach this one. @defaultValue the host's name */
  readonly location?: string | undefined;
  /** SSH servers that others are told to come through. */
  readonly ssh?: SshServers | undefined;
  /** How it signs what it sends by itself. @defaultValue a new session of this user */
  readonly session?: { readonly id?: string; readonly username?: string } | undefined;
  readonly heartbeat?: HeartbeatOptions | undefined;
  /** For an engine, from its registration to its first beat. @defaultValue 10 periods, 30 s at least */
  readonly registrationTimeoutMs?: number | undefined;
  /** Engines of an earlier run, which may still be there. */
  readonly restored?: Roster | undefined;
  /** How tasks are given to engines. */
  readonly tasks?: TaskSchedulerOptions | undefined;
  /** How much is remembered of requests and their results. */
  readonly records?: Partial<RecordLimits> | undefined;
  readonly log: Logger;
  readonly clock?: Clock | undefined;
  /** Path of the lease socket, for the connection files. */
  readonly leasePath?: string | undefined;
  /** Answers a `pxlab_cluster_request`. Without it such a request is refused. */
  readonly onClusterRequest?:
    ((content: JsonObject, request: Message) => Promise<object>) | undefined;
  /** Engines that ended unasked, for those who look at the state of the cluster. */
  readonly deaths?: (() => readonly EngineObituary[]) | undefined;
  /** A client asked for the end of the cluster; it was answered and told already. */
  readonly onShutdown?: (() => void) | undefined;
}

export interface HeartbeatOptions {
  /** @defaultValue 3000 */
  readonly periodMs?: number | undefined;
  /** Periods that an engine may be silent. @defaultValue 10 */
  readonly maxMissed?: number | undefined;
  /**
   * How long an engine whose connections broke may take to connect again, in ms; not longer than it may be
   * silent. @defaultValue 10 s where networks may fail, 1 s when all engines come over ipc
   */
  readonly reconnectMs?: number | undefined;
}

export type EngineChange =
  | { readonly type: 'registered'; readonly engine: EngineEntry }
  | { readonly type: 'lost'; readonly engine: EngineEntry; readonly death: EngineDeath };

/** How engines are watched, when nothing else is said. */
export function heartbeatOf({
  heartbeat = {},
  tcp,
}: Pick<ControllerOptions, 'heartbeat' | 'tcp'>): Required<Heartbeat> {
  const {
    periodMs = 3000,
    maxMissed = 10,
    reconnectMs = tcp === undefined ? 1000 : 10_000,
  } = heartbeat;
  return { periodMs, maxMissed, reconnectMs: Math.min(reconnectMs, periodMs * maxMissed) };
}

type Heartbeat = { readonly [Name in keyof HeartbeatOptions]: number };
