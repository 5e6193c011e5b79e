import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ClusterLocation } from '../wire/cluster-files.js';
import type { Flags } from './flags.js';

/**
 * Where ipcontroller and ipengine look for their files: flags come before the environment that a launcher
 * sets. Source: ipyparallel 9.2, `ipyparallel/apps/baseapp.py`.
 */
export function locationOf(flags: Flags, environment: NodeJS.ProcessEnv): ClusterLocation {
  return {
    clusterId: flags.text('cluster-id', 'cluster_id') ?? environment['IPP_CLUSTER_ID'] ?? '',
    profileDir: resolve(profileDirOf(flags, environment)),
  };
}

function profileDirOf(flags: Flags, environment: NodeJS.ProcessEnv): string {
  const folder = flags.text('profile-dir', 'ProfileDir.location');
  if (folder !== undefined) return folder;
  const name = flags.text('profile');
  const given = environment['IPP_PROFILE_DIR'];
  if (name === undefined && given !== undefined) return given;
  const ipythonDir =
    flags.text('ipython-dir') ?? environment['IPYTHONDIR'] ?? join(homedir(), '.ipython');
  return join(ipythonDir, `profile_${name ?? 'default'}`);
}
