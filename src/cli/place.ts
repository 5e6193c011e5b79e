import { resolve } from 'node:path';
import { ParallelError } from '../base/errors.js';
import { type ClusterSummary, listClusters } from '../cluster/cluster-list.js';
import { checkClusterId } from '../cluster/cluster-options.js';
import { profileDir } from '../wire/cluster-files.js';
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
  return resolve(profileDir(options.profile, { ...process.env, IPP_PROFILE_DIR: undefined }));
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
  const all = (await listClusters(profile)).filter(({ kind }) => kind === 'pxlab');
  const running = all.filter(({ state }) => state !== 'dead');
  const wanted = running.find((cluster) => cluster.clusterId === (clusterId ?? ''));
  if (wanted !== undefined) return wanted;
  const [only, ...others] = clusterId === undefined ? running : [];
  if (only === undefined) throw none(options, profile, noneCode);
  if (others.length === 0) return only;
  throw new ParallelError(
    'SEVERAL_CLUSTERS',
    `There are ${running.length} clusters: ${running.map((cluster) => cluster.clusterId).join(', ')}. ` +
      'Name one with `--cluster-id`.',
  );
}

function none({ clusterId }: PlaceOptions, profile: string, exitCode: number): CommandError {
  const which = clusterId === undefined ? 'No cluster runs' : `No cluster '${clusterId}' runs`;
  return new CommandError(
    exitCode,
    `${which} in ${profile}. Start one with \`pxcluster start -n 4\`; \`pxcluster list\` shows what there is.`,
  );
}
