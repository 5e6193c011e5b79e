import { type Client } from '../client/client.js';
import { Cluster } from '../cluster/cluster.js';
import type { ClusterStatus, EngineObituary } from '../wire/cluster-requests.js';
import type { EngineDeath } from '../wire/contents.js';
import { countOf, print, printJson, table } from './output.js';
import { pickCluster, type PlaceOptions } from './place.js';

export interface StatusOptions extends PlaceOptions {
  readonly json?: boolean;
}

/** One cluster's engines, what they have to do, and how those that are gone ended. */
export async function status(options: StatusOptions): Promise<void> {
  const cluster = await Cluster.find(await pickCluster(options));
  await using client = await cluster.connect();
  const found = (await client.clusterRequest({ action: 'status' })) as unknown as ClusterStatus;
  const queues = await queuesOf(client);
  if (options.json === true) {
    const engines = found.engines.map((engine) => ({ ...engine, ...queues.get(engine.id) }));
    printJson({ ...found, engines });
    return;
  }
  print(headOf(found));
  if (found.engines.length > 0) print(engineTable(found, queues));
  for (const obituary of found.deaths) print(sentenceOf(obituary));
}

interface Queue {
  /** Direct requests and tasks that are not done. */
  readonly pending: number;
  readonly completed: number;
}

async function queuesOf(client: Client): Promise<ReadonlyMap<number, Queue>> {
  const { engines } = await client.queueStatus();
  return new Map(
    engines.map(({ engineId, queued, tasks, completed }) => [
      engineId,
      { pending: queued + tasks, completed },
    ]),
  );
}

function headOf({ clusterId, profileDir, supervisorPid, engines, owner }: ClusterStatus): string {
  const name = clusterId === '' ? 'Cluster' : `Cluster '${clusterId}'`;
  const whose = owner === null ? 'shared' : `of a ${owner.kind}`;
  return `${name} in ${profileDir}, ${whose}, supervisor ${supervisorPid}, ${countOf(engines.length, 'engine')}`;
}

function engineTable({ engines }: ClusterStatus, queues: ReadonlyMap<number, Queue>): string {
  const rows = engines.map(({ id, pid, host }) => {
    const { pending = 0, completed = 0 } = queues.get(id) ?? {};
    return [
      String(id),
      String(pid ?? '?'),
      host ?? '?',
      pending === 0 ? 'idle' : 'busy',
      String(Math.min(1, pending)),
      String(Math.max(0, pending - 1)),
      String(completed),
    ];
  });
  return table(['ENGINE', 'PID', 'HOST', 'STATUS', 'RUNNING', 'QUEUED', 'DONE'], rows);
}

function sentenceOf({ id, pid, host, at, death, logFile }: EngineObituary): string {
  const who = pid === undefined ? `Engine ${id}` : `Engine ${id} (pid ${pid} on ${host ?? '?'})`;
  const log = logFile === undefined ? '' : `; log: ${logFile}`;
  return `${who} ${endOf(death)} at ${at}${log}`;
}

function endOf({ how, exitCode, signal }: EngineDeath): string {
  switch (how) {
    case 'killed':
      return `was killed by ${signal ?? 'a signal'}`;
    case 'exited':
      return exitCode === undefined ? 'ended' : `ended with exit code ${exitCode}`;
    case 'silent':
      return 'fell silent';
    case 'left':
      return 'left';
  }
}
