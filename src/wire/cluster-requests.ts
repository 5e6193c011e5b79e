import { ParallelError } from '../base/errors.js';
import type { EngineDeath } from './contents.js';
import type { JsonObject } from './message.js';

/**
 * `pxlab_cluster_request` on the registration socket (ours): what a client asks of the supervisor, and
 * `pxlab_cluster_reply`, its answer.
 */
export type ClusterRequest =
  | { readonly action: 'status' }
  | { readonly action: 'start-engines'; readonly n: number }
  | { readonly action: 'stop-engine'; readonly engineId: number }
  | { readonly action: 'restart-engine'; readonly engineId: number }
  | { readonly action: 'stop' };

/** Answer to every action: how the cluster stands after it. */
export interface ClusterStatus {
  readonly status: 'ok';
  readonly clusterId: string;
  readonly profileDir: string;
  readonly supervisorPid: number;
  readonly startedAt: string;
  readonly owner: { readonly id: string; readonly kind: string } | null;
  readonly engines: readonly EngineStatus[];
  /** Of engines that ended unasked, the last ones, oldest first. */
  readonly deaths: readonly EngineObituary[];
}

export interface EngineStatus {
  readonly id: number;
  readonly uuid: string;
  /** Absent for engines that say nothing of themselves, such as Python's. */
  readonly pid?: number;
  readonly host?: string;
  readonly logFile?: string;
  /** What it runs; absent when it is idle. */
  readonly running?: RunningTask;
  /** Requests that wait for the one that runs. */
  readonly queued?: number;
  readonly completed?: number;
}

/** What an engine runs. */
export interface RunningTask {
  readonly messageId: string;
  /** `Cell [3]`, or the first line of its source; absent where nothing is known of it. */
  readonly name?: string;
  /** ISO 8601. */
  readonly since: string;
}

export interface EngineObituary extends EngineStatus {
  /** ISO 8601. */
  readonly at: string;
  readonly death: EngineDeath;
}

/** @throws {@link ParallelError} `BAD_ARGUMENT` for a request that this version does not know. */
export function parseClusterRequest(content: JsonObject): ClusterRequest {
  const { action, n, engineId } = content;
  switch (action) {
    case 'status':
    case 'stop':
      return { action };
    case 'start-engines':
      return { action, n: engineCount(n) };
    case 'stop-engine':
    case 'restart-engine':
      return { action, engineId: wholeNumber('engineId', engineId) };
    default:
      throw new ParallelError(
        'BAD_ARGUMENT',
        `The cluster knows no action ${JSON.stringify(action)}: it may be of an older version.`,
      );
  }
}

/** So many engines are started by one request at most: more is a mistake, and takes the machine along. */
const maxEnginesAtOnce = 4096;

function engineCount(n: unknown): number {
  const count = wholeNumber('n', n);
  if (count <= maxEnginesAtOnce) return count;
  throw new ParallelError(
    'BAD_ARGUMENT',
    `Expected \`n\` to be at most ${maxEnginesAtOnce}, got ${count}: start them by several requests.`,
  );
}

function wholeNumber(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new ParallelError(
    'BAD_ARGUMENT',
    `Expected \`${name}\` to be a whole number ≥ 0, got ${JSON.stringify(value)}.`,
  );
}
