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
  /** Of a cluster on another host: whether something answers at its address; null for others. */
  readonly isReachable: boolean | null;
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
  const { owner = null, pid = null, host = null, isReachable = null } = cluster;
  const { engineCount = null, startedAt = null } = cluster;
  return {
    clusterId,
    profileDir,
    kind,
    state,
    owner,
    pid,
    host,
    isReachable,
    engineCount,
    startedAt,
  };
}

export function deadEngines({ deaths }: ClusterStatus): DeadEngine[] {
  return deaths.map(({ id, pid = null, host = null, at, death, logFile = null }) => {
    const { how, exitCode = null, signal = null } = death;
    return { id, pid, host, at, how, exitCode, signal, logFile };
  });
}
