import { ParallelError } from '../base/errors.js';
import { Cluster } from '../cluster/cluster.js';
import type { ClusterStatus } from '../wire/cluster-requests.js';
import { pickCluster, type PlaceOptions } from './place.js';

/** A connection to the supervisor of a cluster that runs. */
export interface RunningCluster extends AsyncDisposable {
  /** Asks the supervisor for something. @returns how the cluster stands after it. */
  ask(request: {
    readonly action: string;
    readonly [field: string]: unknown;
  }): Promise<ClusterStatus>;
}

/** Connects to the cluster that `options` mean; see {@link pickCluster}. */
export async function connectTo(options: PlaceOptions): Promise<RunningCluster> {
  const cluster = await Cluster.find(await pickCluster(options));
  const client = await cluster.connect();
  return {
    ask: async (request) => {
      try {
        return (await client.clusterRequest(request)) as unknown as ClusterStatus;
      } catch (error) {
        throw inOwnWords(error);
      }
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}

/** The supervisor says in a sentence of its own what is wrong. */
function inOwnWords(error: unknown): unknown {
  if (!(error instanceof ParallelError) || error.code !== 'REMOTE') return error;
  return new ParallelError('REMOTE', error.message.replace(/^The controller refused: /, ''), {
    cause: error,
  });
}

/** `Cluster` or `Cluster 'two'`. */
export function nameOf({ clusterId }: { readonly clusterId: string }): string {
  return clusterId === '' ? 'Cluster' : `Cluster '${clusterId}'`;
}
