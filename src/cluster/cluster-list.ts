import { identityOf, livenessOf } from '../process/process-identity.js';
import { controllerPidIn } from '../wire/cluster-description.js';
import {
  clusterFile,
  type ClusterLocation,
  readIfPresent,
  securityDir,
} from '../wire/cluster-files.js';
import { type ClusterRecord, namesIn, readRecord, recordedIds } from './cluster-record.js';
import type { Owner } from './lease-state.js';
import { answersFromHere } from './reach.js';

/** A cluster that has left its files in a profile. */
export interface ClusterSummary extends ClusterLocation {
  /**
   * `running`; `dead`: its files were left behind; `elsewhere`: on another host, so nobody here knows;
   * `damaged`: its file cannot be read.
   */
  readonly state: 'running' | 'dead' | 'elsewhere' | 'damaged';
  /** Whose program runs it. */
  readonly kind: 'pxlab' | 'ipyparallel';
  /** Absent for a cluster that everyone of this user shares. */
  readonly owner?: Owner;
  readonly pid?: number;
  readonly host?: string;
  /** Of a cluster on another host: whether something answers at its address. */
  readonly isReachable?: boolean;
  readonly engineCount?: number;
  /** ISO 8601. */
  readonly startedAt?: string;
}

/** Every cluster that has files in `profileDir`, ours first, by id. */
export async function listClusters(profileDir: string): Promise<ClusterSummary[]> {
  const ours = await recordedIds(profileDir);
  const names = await namesIn(securityDir({ profileDir }));
  const others = names
    .flatMap((name) => /^cluster-(.*)\.json$/.exec(name)?.[1] ?? [])
    .filter((clusterId) => !ours.includes(clusterId))
    .sort();
  const found = await Promise.all([
    ...ours.map((clusterId) => summaryOf({ profileDir, clusterId })),
    ...others.map((clusterId) => foreignSummaryOf({ profileDir, clusterId })),
  ]);
  return found.filter((summary) => summary !== undefined);
}

/** One of our clusters; undefined when there is none of that id. */
export async function summaryOf(location: ClusterLocation): Promise<ClusterSummary | undefined> {
  const { clusterId, profileDir } = location;
  let record: ClusterRecord | undefined;
  try {
    record = await readRecord(location);
  } catch {
    return { clusterId, profileDir, kind: 'pxlab', state: 'damaged' };
  }
  if (record === undefined) return undefined;
  const { supervisor, owner, engines, startedAt } = record;
  const liveness = await livenessOf(supervisor);
  const isReachable = liveness === 'elsewhere' ? await answersFromHere(location) : undefined;
  return {
    clusterId,
    profileDir,
    kind: 'pxlab',
    state: liveness === 'alive' ? 'running' : liveness,
    ...(owner === undefined ? {} : { owner }),
    pid: supervisor.pid,
    host: supervisor.host,
    ...(isReachable === undefined ? {} : { isReachable }),
    engineCount: engines.length,
    startedAt,
  };
}

/** A cluster of ipyparallel's own tools, as far as its file tells. */
async function foreignSummaryOf(location: ClusterLocation): Promise<ClusterSummary | undefined> {
  const text = await readIfPresent(clusterFile(location));
  if (text === undefined) return undefined;
  const pid = controllerPidIn(text);
  const isRunning = pid !== undefined && (await identityOf(pid)) !== undefined;
  return {
    ...location,
    kind: 'ipyparallel',
    state: isRunning ? 'running' : 'dead',
    ...(pid === undefined ? {} : { pid }),
  };
}
