import type { ClusterSummary } from '../cluster/cluster-list.js';
import type { LinkedCluster } from '../px/cluster-link.js';
import type { OtherCluster, PanelCluster } from '../wire/panel-messages.js';

/** The cluster that the panel shows. */
export interface PanelChoice {
  readonly clusterId: string;
  /** Absent for the usual one of that id. */
  readonly connectionFile?: string;
  readonly ownership: PanelCluster['ownership'];
}

/** The notebook's cluster; before it has one, the one that its next `%%px` would take. */
export function panelChoice(
  clusters: readonly ClusterSummary[],
  notebook: { readonly kernelId: string; readonly link: LinkedCluster | undefined },
): PanelChoice | undefined {
  const { kernelId, link } = notebook;
  if (link !== undefined) {
    const { clusterId, connectionFile, isOwner } = link;
    return { clusterId, connectionFile, ownership: isOwner ? 'own' : 'shared' };
  }
  const running = clusters.filter(isRunning);
  const own = running.find(({ owner }) => owner?.id === kernelId);
  if (own !== undefined) return { clusterId: own.clusterId, ownership: 'own' };
  const [shared, ...more] = running.filter(({ owner }) => owner === undefined);
  if (shared === undefined || more.length > 0) return undefined;
  return { clusterId: shared.clusterId, ownership: 'shared' };
}

export function othersThan(
  clusters: readonly ClusterSummary[],
  shown: string | undefined,
): OtherCluster[] {
  return clusters
    .filter((cluster) => isRunning(cluster) && cluster.clusterId !== shown)
    .map(({ clusterId, engineCount = 0, owner }) => ({
      clusterId,
      engineCount,
      ownership: owner?.kind ?? 'shared',
    }));
}

function isRunning({ state }: ClusterSummary): boolean {
  return state === 'running';
}
