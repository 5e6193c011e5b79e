import { howItEnded } from '../client/errors.js';
import type { ClusterStatus, EngineObituary } from '../wire/cluster-requests.js';
import { engineTable, listEngines } from './engine-table.js';
import { countOf, print, printJson } from './output.js';
import type { PlaceOptions } from './place.js';
import { connectTo, nameOf } from './running-cluster.js';
import { deadEngines } from './shapes.js';

export interface StatusOptions extends PlaceOptions {
  readonly json?: boolean;
}

/** One cluster's engines, what they have to do, and how those that are gone ended. */
export async function status(options: StatusOptions): Promise<void> {
  await using cluster = await connectTo(options);
  const found = await cluster.ask({ action: 'status' });
  const engines = listEngines(found);
  if (options.json === true) {
    const { clusterId, profileDir, supervisorPid, startedAt, owner } = found;
    const deaths = deadEngines(found);
    printJson({ clusterId, profileDir, supervisorPid, startedAt, owner, engines, deaths });
    return;
  }
  print(headOf(found));
  if (engines.length > 0) print(engineTable(engines));
  for (const obituary of found.deaths) print(sentenceOf(obituary));
}

function headOf(status: ClusterStatus): string {
  const { profileDir, supervisorPid, engines, owner } = status;
  const whose = owner === null ? 'shared' : `of a ${owner.kind}`;
  const count = countOf(engines.length, 'engine');
  return `${nameOf(status)} in ${profileDir}, ${whose}, supervisor ${supervisorPid}, ${count}`;
}

function sentenceOf({ id, pid, host, at, death, logFile }: EngineObituary): string {
  const who = pid === undefined ? `Engine ${id}` : `Engine ${id} (pid ${pid} on ${host ?? '?'})`;
  const log = logFile === undefined ? '' : `; see \`pxcluster logs ${id}\``;
  return `${who} ${howItEnded(death)} at ${at}${log}`;
}
