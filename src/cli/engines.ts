import type { ClusterStatus } from '../wire/cluster-requests.js';
import { engineTable, type ListedEngine, listEngines } from './engine-table.js';
import { CommandError } from './exit-codes.js';
import { countOf, noteProgress, print, printJson } from './output.js';
import type { PlaceOptions } from './place.js';
import { connectTo, nameOf, type RunningCluster } from './running-cluster.js';
import { abortOnEndingSignal, signalCodes } from './signals.js';

export interface EnginesOptions extends PlaceOptions {
  readonly n?: number;
  readonly json?: boolean;
}

/** Starts more engines, as `ipcluster engines` does; without a number it lists those that there are. */
export async function engines(options: EnginesOptions): Promise<void> {
  await using cluster = await connectTo(options);
  const before = await cluster.ask({ action: 'status' });
  const after = options.n === undefined ? before : await startMore(cluster, options.n);
  const known = new Set(before.engines.map(({ id }) => id));
  const started = after.engines.map(({ id }) => id).filter((id) => !known.has(id));
  const listed = listEngines(after);
  if (options.json === true) {
    const { clusterId, profileDir } = after;
    printJson({ clusterId, profileDir, started, engines: listed });
  } else if (options.n === undefined) {
    tell(after, listed);
  } else {
    print(
      `Started ${countOf(options.n, 'engine')}: ${started.join(', ')}. ` +
        `${nameOf(after)} has ${countOf(listed.length, 'engine')}.`,
    );
  }
}

async function startMore(cluster: RunningCluster, n: number): Promise<ClusterStatus> {
  noteProgress(`Starting ${countOf(n, 'engine')} …`);
  const interrupt = abortOnEndingSignal(
    (signal) =>
      new CommandError(
        signalCodes[signal],
        'Not waited for any longer: the engines go on starting. `pxcluster status` shows those that are ready.',
        'ABORTED',
      ),
  );
  try {
    return await orAborted(cluster.ask({ action: 'start-engines', n }), interrupt.signal);
  } finally {
    interrupt.release();
  }
}

function tell(status: ClusterStatus, listed: readonly ListedEngine[]): void {
  if (listed.length > 0) print(engineTable(listed));
  else print(`${nameOf(status)} has no engines. Start some with \`pxcluster engines -n 4\`.`);
}

/** `promise`, or the reason of `signal` as soon as that is aborted. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    promise.then(resolve, reject);
  });
}
