import { resolve } from 'node:path';
import { ParallelError } from '../base/errors.js';
import { type ClusterSummary, listClusters } from '../cluster/cluster-list.js';
import { checkClusterId } from '../cluster/cluster-options.js';
import { remedyElsewhere } from '../cluster/reach.js';
import { isUsable } from '../cluster/resolve-cluster.js';
import { namedProfile, profileDir } from '../wire/cluster-files.js';
import { CommandError, exitCodes } from './exit-codes.js';

export interface ProfileOptions {
  readonly profile?: string;
  readonly profileDir?: string;
}

export interface PlaceOptions extends ProfileOptions {
  readonly clusterId?: string;
}

/** `--profile-dir`, else `--profile`, else `$IPP_PROFILE_DIR`, else the default profile. */
export function profileDirOf(options: ProfileOptions): string {
  if (options.profileDir !== undefined) return resolve(options.profileDir);
  if (options.profile === undefined) return resolve(profileDir());
  return resolve(namedProfile(options.profile));
}

/**
 * The cluster that is meant: the one named, else that of a plain `pxcluster start`, else the only one
 * that runs.
 *
 * @throws {@link ParallelError} when there is none, with the exit code `noneCode`, or several.
 */
export async function pickCluster(
  options: PlaceOptions,
  noneCode: number = exitCodes.noCluster,
): Promise<ClusterSummary> {
  const { clusterId } = options;
  const profile = profileDirOf(options);
  if (clusterId !== undefined) checkClusterId(clusterId);
  const all = await listClusters(profile);
  const ours = all.filter(({ kind, state }) => kind === 'pxlab' && state !== 'dead');
  const usable = ours.filter((cluster) => isUsable(cluster) || cluster.state === 'damaged');
  const wanted = usable.find((cluster) => cluster.clusterId === (clusterId ?? ''));
  if (wanted !== undefined) return wanted;
  const [only, ...others] = clusterId === undefined ? usable : [];
  if (only === undefined) throw none(options, { all, profile, exitCode: noneCode });
  if (others.length === 0) return only;
  throw new ParallelError(
    'SEVERAL_CLUSTERS',
    `There are ${usable.length} clusters: ${usable.map((cluster) => cluster.clusterId).join(', ')}. ` +
      'Name one with `--cluster-id`.',
  );
}

function none(
  { clusterId }: PlaceOptions,
  found: { all: readonly ClusterSummary[]; profile: string; exitCode: number },
): CommandError {
  const { all, profile, exitCode } = found;
  const which = clusterId === undefined ? 'No cluster runs' : `No cluster '${clusterId}' runs`;
  const meant = all.find((cluster) => cluster.clusterId === (clusterId ?? ''));
  return new CommandError(exitCode, `${which} in ${profile}. ${adviceOn(meant)}`);
}

/** What can be said of the cluster that has the id, but is none to use. */
function adviceOn(meant: ClusterSummary | undefined): string {
  const { kind, state, host = '', clusterId = '' } = meant ?? {};
  if (kind === 'ipyparallel' && state === 'running') {
    const id = clusterId === '' ? '' : ` --cluster-id=${clusterId}`;
    return `There is one of ipyparallel: \`ipcluster stop${id}\` stops it, Client.connect() uses it.`;
  }
  if (state === 'elsewhere') {
    return `One was started on the host ${host} and does not answer from here. ${remedyElsewhere(host)}`;
  }
  if (state === 'dead') {
    return 'One died and left its files: `pxcluster clean` removes them, `pxcluster start -n 4` starts anew.';
  }
  return 'Start one with `pxcluster start -n 4`; `pxcluster list` shows what there is.';
}
