import { type ClusterSummary, listClusters } from '../cluster/cluster-list.js';
import { print, printJson, table } from './output.js';
import { type ProfileOptions, profileDirOf } from './place.js';

export interface ListOptions extends ProfileOptions {
  readonly json?: boolean;
}

/** Every cluster that has files in the profile, whether it runs or not. */
export async function list(options: ListOptions): Promise<void> {
  const profileDir = profileDirOf(options);
  const clusters = await listClusters(profileDir);
  if (options.json === true) {
    printJson(clusters);
  } else if (clusters.length === 0) {
    print(`No clusters in ${profileDir}.`);
  } else {
    print(
      table(['CLUSTER ID', 'STATE', 'ENGINES', 'PID', 'OWNER', 'STARTED'], clusters.map(rowOf)),
    );
  }
}

function rowOf(cluster: ClusterSummary): string[] {
  const { clusterId, state, kind, engineCount, pid, host, owner, startedAt } = cluster;
  return [
    clusterId === '' ? "''" : clusterId,
    state === 'elsewhere' ? `on ${host ?? 'another host'}` : state,
    engineCount === undefined ? '?' : String(engineCount),
    pid === undefined ? '?' : String(pid),
    kind === 'ipyparallel' ? 'ipyparallel' : owner === undefined ? 'shared' : owner.kind,
    startedAt ?? '?',
  ];
}
