import { ParallelError } from '../base/errors.js';
import { type ClusterSummary, listClusters } from './cluster-list.js';

/**
 * The cluster that a notebook uses when nothing names one: its own, else the only shared one.
 *
 * @returns undefined when there is none: then the notebook starts its own.
 * @throws {@link ParallelError} `SEVERAL_CLUSTERS` when several are shared.
 */
export async function resolveCluster(options: {
  /** Id of the kernel. */
  ownerId: string;
  profileDir: string;
}): Promise<ClusterSummary | undefined> {
  return chooseCluster(await listClusters(options.profileDir), options.ownerId);
}

/** One that another host has recorded may be long gone with that host: it counts when it answers. */
export function isUsable({ state, isReachable = false }: ClusterSummary): boolean {
  return state === 'running' || (state === 'elsewhere' && isReachable);
}

/** The rule of {@link resolveCluster}, without looking anywhere. */
export function chooseCluster(
  clusters: readonly ClusterSummary[],
  ownerId: string,
): ClusterSummary | undefined {
  const running = clusters.filter(isUsable);
  const own = running.find(({ owner }) => owner?.id === ownerId);
  if (own !== undefined) return own;
  const shared = running.filter(({ owner }) => owner === undefined);
  if (shared.length <= 1) return shared[0];
  const names = shared.map(({ clusterId, host }) => {
    const name = clusterId === '' ? "'' (the one without an id)" : `'${clusterId}'`;
    return host === undefined ? name : `${name} on ${host}`;
  });
  throw new ParallelError(
    'SEVERAL_CLUSTERS',
    `There are ${shared.length} clusters: ${names.join(', ')}. ` +
      'Say which one you mean by its id.',
  );
}
