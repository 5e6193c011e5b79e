import { ParallelError } from '../base/errors.js';
import type { ClusterStatus } from '../wire/cluster-requests.js';
import { listEngines } from './engine-table.js';
import { countOf, note, noteProgress, print, printJson } from './output.js';
import type { PlaceOptions } from './place.js';
import { connectTo, nameOf } from './running-cluster.js';

export interface RestartOptions extends PlaceOptions {
  readonly json?: boolean;
}

/** Ends engines and starts as many new ones; the cluster itself, and who is connected to it, stay. */
export async function restart(ids: readonly number[], options: RestartOptions): Promise<void> {
  await using cluster = await connectTo(options);
  const before = await cluster.ask({ action: 'status' });
  const restarted = ids.length === 0 ? ownEngines(before) : known([...new Set(ids)], before);
  noteProgress(`Restarting ${countOf(restarted.length, 'engine')} …`);
  await Promise.all(
    restarted.map((engineId) => cluster.ask({ action: 'restart-engine', engineId })),
  );
  const after = await cluster.ask({ action: 'status' });
  const earlier = new Set(before.engines.map(({ id }) => id));
  const started = after.engines.map(({ id }) => id).filter((id) => !earlier.has(id));
  if (options.json === true) {
    const { clusterId, profileDir } = after;
    const engines = listEngines(after);
    printJson({ clusterId, profileDir, restarted, started, engines });
    return;
  }
  print(sentenceOf(restarted, started, before));
}

/** All that the cluster started; it cannot start others again. */
function ownEngines({ engines }: ClusterStatus): number[] {
  const strangers = engines.filter(({ logFile }) => logFile === undefined).map(({ id }) => id);
  if (strangers.length > 0) {
    note(
      `Not restarted, since they were not started by the cluster: ${strangers.join(', ')}. ` +
        'Restart them where they were started.',
    );
  }
  return engines.map(({ id }) => id).filter((id) => !strangers.includes(id));
}

function known(ids: readonly number[], { engines }: ClusterStatus): readonly number[] {
  const unknown = ids.find((wanted) => engines.every(({ id }) => id !== wanted));
  if (unknown === undefined) return ids;
  const there = engines.map(({ id }) => id).join(', ');
  throw new ParallelError(
    'NO_SUCH_ENGINE',
    `There is no engine ${unknown}; ${there === '' ? 'the cluster has none' : `there are ${there}`}. ` +
      '`pxcluster status` shows how others ended, `pxcluster engines -n 1` starts a new one.',
  );
}

function sentenceOf(
  restarted: readonly number[],
  started: readonly number[],
  status: ClusterStatus,
): string {
  if (restarted.length === 0) return `${nameOf(status)} has no engines to restart.`;
  const are = started.length === 1 ? 'It is engine' : 'They are engines';
  return (
    `Restarted ${countOf(restarted.length, 'engine')}: ${restarted.join(', ')}. ` +
    `${are} ${started.join(', ')} now, without variables.`
  );
}
