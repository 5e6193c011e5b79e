import { Cluster } from '../cluster/cluster.js';
import { type ClusterSummary, listClusters } from '../cluster/cluster-list.js';
import { exitCodes } from './exit-codes.js';
import { countOf, print, printJson } from './output.js';
import { pickCluster, type PlaceOptions, profileDirOf } from './place.js';

export interface StopOptions extends PlaceOptions {
  readonly all?: boolean;
  readonly json?: boolean;
}

/** Stops one cluster, or with `--all` every one of the profile, whoever owns it. */
export async function stop(options: StopOptions): Promise<void> {
  const clusters =
    options.all === true
      ? await allOf(options)
      : [await pickCluster(options, exitCodes.alreadyStopped)];
  await Promise.all(clusters.map(async (cluster) => (await Cluster.find(cluster)).stop()));
  if (options.json === true) printJson(clusters.map(({ clusterId }) => ({ clusterId })));
  else print(`Stopped ${countOf(clusters.length, 'cluster')}.`);
}

async function allOf(options: StopOptions): Promise<ClusterSummary[]> {
  const clusters = await listClusters(profileDirOf(options));
  return clusters.filter(({ kind, state }) => kind === 'pxlab' && state === 'running');
}
