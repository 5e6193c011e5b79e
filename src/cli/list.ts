import { type ClusterSummary, listClusters } from '../cluster/cluster-list.js';
import { outputWidth, print, printJson, styled } from './output.js';
import { type ProfileOptions, profileDirOf } from './place.js';
import { listedCluster } from './shapes.js';
import { type Column, table } from './table.js';

export interface ListOptions extends ProfileOptions {
  readonly json?: boolean;
}

/** Every cluster that has files in the profile, whether it runs or not. */
export async function list(options: ListOptions): Promise<void> {
  const profileDir = profileDirOf(options);
  const clusters = await listClusters(profileDir);
  if (options.json === true) {
    printJson(clusters.map(listedCluster));
  } else if (clusters.length === 0) {
    print(`No clusters in ${profileDir}.`);
  } else {
    const emphasize = (head: string): string => styled('bold', head);
    print(table(columns, clusters, { width: outputWidth(), emphasize }));
  }
}

const columns: readonly Column<ClusterSummary>[] = [
  {
    head: 'CLUSTER ID',
    cell: ({ clusterId }) => (clusterId === '' ? "''" : clusterId),
    shrinkTo: 12,
  },
  { head: 'STATE', cell: stateOf, shrinkTo: 10 },
  { head: 'ENGINES', cell: ({ engineCount }) => String(engineCount ?? '?'), isNumber: true },
  { head: 'PID', cell: ({ pid }) => String(pid ?? '?'), isNumber: true, dispensable: 2 },
  { head: 'OWNER', cell: whose, dispensable: 1 },
  { head: 'STARTED', cell: ({ startedAt }) => startedAt ?? '?', dispensable: 3 },
];

function stateOf({ state, host, isReachable = false }: ClusterSummary): string {
  if (state !== 'elsewhere') return state;
  return `on ${host ?? 'another host'}${isReachable ? '' : ', does not answer'}`;
}

function whose({ kind, owner }: ClusterSummary): string {
  if (kind === 'ipyparallel') return 'ipyparallel';
  return owner === undefined ? 'shared' : owner.kind;
}
