import { ParallelError } from '../base/errors.js';
import { Cluster } from '../cluster/cluster.js';
import { type ClusterSummary, listClusters } from '../cluster/cluster-list.js';
import { exitCodes } from './exit-codes.js';
import { countOf, print, printJson } from './output.js';
import { pickCluster, type PlaceOptions, profileDirOf } from './place.js';

export interface StopOptions extends PlaceOptions {
  readonly all?: boolean;
  readonly json?: boolean;
}

/** Stops the clusters of these ids, or the one that is meant, or with `--all` every one of the profile. */
export async function stop(ids: readonly string[], options: StopOptions): Promise<void> {
  checkChoice(ids, options);
  const clusters = options.all === true ? await allOf(options) : await chosen(ids, options);
  const outcomes = await Promise.allSettled(
    clusters.map(async (cluster) => {
      await (await Cluster.find(cluster)).stop();
      return cluster;
    }),
  );
  const stopped = outcomes.flatMap((outcome) =>
    outcome.status === 'fulfilled' ? [outcome.value] : [],
  );
  tell(stopped, options);
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) throw failure.reason as Error;
}

function checkChoice(ids: readonly string[], { all, clusterId }: StopOptions): void {
  const choices = [ids.length > 0, all === true, clusterId !== undefined];
  if (choices.filter(Boolean).length <= 1) return;
  throw new ParallelError(
    'BAD_ARGUMENT',
    'Say in one way which clusters to stop: by their ids, by --cluster-id or by --all.',
  );
}

/** All are looked for before the first is stopped. */
function chosen(ids: readonly string[], options: StopOptions): Promise<ClusterSummary[]> {
  const places =
    ids.length === 0
      ? [options]
      : [...new Set(ids)].map((clusterId) => ({ ...options, clusterId }));
  return Promise.all(places.map((place) => pickCluster(place, exitCodes.alreadyStopped)));
}

async function allOf(options: StopOptions): Promise<ClusterSummary[]> {
  const clusters = await listClusters(profileDirOf(options));
  return clusters.filter(({ kind, state }) => kind === 'pxlab' && state === 'running');
}

function tell(stopped: readonly ClusterSummary[], { json = false }: StopOptions): void {
  if (json) {
    printJson({ stopped: stopped.map(({ clusterId, profileDir }) => ({ clusterId, profileDir })) });
  } else {
    print(
      stopped.length === 0 ? 'No cluster runs.' : `Stopped ${countOf(stopped.length, 'cluster')}.`,
    );
  }
}
