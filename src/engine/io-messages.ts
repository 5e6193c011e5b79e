import type { EngineInfoFile, Route } from '../wire/connection-info.js';
import type { EngineDescription } from '../wire/contents.js';

/** How an engine ends: its exit code, and why, in words that the hub passes on. */
export interface Departure {
  readonly exitCode: number;
  readonly reason: string;
}

/** What the main thread tells the I/O worker; outputs go through a port of their own. */
export type ToWorker =
  /** All links of the shell stand: requests would arrive. */
  | { readonly type: 'shell-connected' }
  | {
      readonly type: 'request-started';
      readonly ids: readonly string[];
      /** Of its cell. */
      readonly name: string | undefined;
    }
  | { readonly type: 'request-finished' }
  /** Main has left its own sockets: the worker closes its and ends. */
  | ({ readonly type: 'close' } & Departure);

/** What the I/O worker tells the main thread. */
export type ToMain =
  | { readonly type: 'registered'; readonly engineId: number }
  | { readonly type: 'not-registered'; readonly message: string }
  /** Drop these requests, or with no ids all that have not started. */
  | { readonly type: 'abort'; readonly ids: readonly string[] }
  | { readonly type: 'clear' }
  /** A line for the log, which main alone can write. */
  | { readonly type: 'log'; readonly line: string }
  /** Leave soon; the worker ends the process itself when main does not come to it. */
  | ({ readonly type: 'leave' } & Departure);

/** What the I/O worker is given when it starts. */
export interface WorkerSetup {
  readonly uuid: string;
  readonly requestedId: number | undefined;
  /** Started by the cluster itself: its connection info is right, its controller lives while its lease does. */
  readonly isOfCluster: boolean;
  readonly description: EngineDescription;
  readonly info: EngineInfoFile;
  readonly route: Route;
  readonly timeouts: EngineTimeouts;
}

/** How long an engine waits for others, in milliseconds. */
export interface EngineTimeouts {
  /** For the answer to its registration. */
  readonly registrationMs: number;
  /** For a hub whose links are down, when no lease tells that it is gone. */
  readonly hubLostMs: number;
  /** Pings that may be missed in a row; ipyparallel's `max_heartbeat_misses`. */
  readonly maxMissedPings: number;
  /** For main to come to the door, before the process ends itself. */
  readonly leaveMs: number;
}

export const defaultTimeouts: EngineTimeouts = {
  registrationMs: 5_000,
  hubLostMs: 30_000,
  maxMissedPings: 50,
  leaveMs: 2_000,
};

/** Exit code of an engine that found no controller; ipengine's. */
export const notRegisteredCode = 255;
