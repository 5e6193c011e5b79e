import type { ClusterSummary } from '../cluster/cluster-list.js';
import type { Owner } from '../cluster/lease-state.js';
import type { ClusterLocation } from '../wire/cluster-files.js';
import type { ClusterStatus, EngineObituary } from '../wire/cluster-requests.js';

/**
 * What `--json` prints. Every field is always there, `null` where nothing is known; fields are added in
 * later versions, and none is renamed. docs/reference/pxcluster.md shows them.
 */
export interface ListedCluster extends ClusterLocation {
  readonly kind: ClusterSummary['kind'];
  readonly state: ClusterSummary['state'];
  /** Null for a cluster that is shared. */
  readonly owner: Owner | null;
  readonly pid: number | null;
  readonly host: string | null;
  readonly engineCount: number | null;
  readonly startedAt: string | null;
}

export interface DeadEngine {
  readonly id: number;
  readonly pid: number | null;
  readonly host: string | null;
  readonly at: string;
  readonly how: EngineObituary['death']['how'];
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly logFile: string | null;
}

export function listedCluster(cluster: ClusterSummary): ListedCluster {
  const { clusterId, profileDir, kind, state } = cluster;
  const { owner, pid, host, engineCount, startedAt } = cluster;
  return {
    clusterId,
    profileDir,
    kind,
    state,
    owner: owner ?? null,
    pid: pid ?? null,
    host: host ?? null,
    engineCount: engineCount ?? null,
    startedAt: startedAt ?? null,
  };
}

export function deadEngines({ deaths }: ClusterStatus): DeadEngine[] {
  return deaths.map(({ id, pid, host, at, death, logFile }) => ({
    id,
    pid: pid ?? null,
    host: host ?? null,
    at,
    how: death.how,
    exitCode: death.exitCode ?? null,
    signal: death.signal ?? null,
    logFile: logFile ?? null,
  }));
}
