import { type ClusterSummary, listClusters } from '../cluster/cluster-list.js';
import { loggedIds, removeLogs } from '../cluster/log-files.js';
import { sweep } from '../cluster/sweep.js';
import { CommandError, exitCodes } from './exit-codes.js';
import { note, print, printJson } from './output.js';
import { type ProfileOptions, profileDirOf } from './place.js';

export interface CleanOptions extends ProfileOptions {
  readonly host?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

interface Cleaned {
  /** Clusters whose files were removed. */
  readonly clusters: readonly string[];
  /** Folders of sockets, and logs. */
  readonly files: readonly string[];
  /** Clusters of other hosts, which were left as they are. */
  readonly kept: readonly ClusterSummary[];
}

/** Removes what dead clusters left, and the logs of clusters that do not run. */
export async function clean(options: CleanOptions): Promise<void> {
  const profileDir = profileDirOf(options);
  await checkHost(profileDir, options);
  const { clusterIds, folders } = await sweep(profileDir, { isHostGone: goneHosts(options) });
  const logs = await removeOldLogs(profileDir);
  const kept = (await listClusters(profileDir)).filter(({ state }) => state === 'elsewhere');
  const cleaned = { clusters: clusterIds, files: [...folders, ...logs], kept };
  if (options.json === true) tellJson(cleaned, profileDir);
  else tell(cleaned);
}

async function checkHost(profileDir: string, { host }: CleanOptions): Promise<void> {
  if (host === undefined) return;
  const elsewhere = (await listClusters(profileDir)).filter(({ state }) => state === 'elsewhere');
  const hosts = [...new Set(elsewhere.map((cluster) => cluster.host ?? ''))];
  if (hosts.includes(host)) return;
  throw new CommandError(
    exitCodes.failed,
    `No cluster of another host '${host}' is recorded in ${profileDir}. ` +
      `${hosts.length === 0 ? 'There is none of any' : `There are some of ${hosts.join(', ')}`}.`,
  );
}

function goneHosts({ host, force = false }: CleanOptions): ((host: string) => boolean) | undefined {
  if (force) return () => true;
  return host === undefined ? undefined : (recorded) => recorded === host;
}

async function removeOldLogs(profileDir: string): Promise<string[]> {
  const present = (await listClusters(profileDir)).map(({ clusterId }) => clusterId);
  const old = (await loggedIds(profileDir)).filter((clusterId) => !present.includes(clusterId));
  const removed = await Promise.all(old.map((clusterId) => removeLogs({ profileDir, clusterId })));
  return removed.flat();
}

function tellJson({ clusters, files, kept }: Cleaned, profileDir: string): void {
  printJson({
    profileDir,
    clusters,
    files,
    kept: kept.map(({ clusterId, host, isReachable }) => ({
      clusterId,
      host: host ?? null,
      isReachable: isReachable ?? false,
    })),
  });
}

function tell({ clusters, files, kept }: Cleaned): void {
  const removed = [...clusters.map((id) => `cluster ${id === '' ? "''" : id}`), ...files];
  if (removed.length === 0) print('There was nothing to remove.');
  else print(`Removed:\n${removed.map((what) => `  ${what}`).join('\n')}`);
  for (const { clusterId, host = '', isReachable = false } of kept) {
    const why = isReachable
      ? `runs on ${host}; stop it with \`pxcluster stop --cluster-id '${clusterId}'\``
      : `was started on ${host}; if that is gone, add \`--host ${host}\``;
    note(`Kept the files of the cluster '${clusterId}': it ${why}.`);
  }
}
