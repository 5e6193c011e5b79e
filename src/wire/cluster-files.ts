import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { hasCode, ParallelError } from '../base/errors.js';

/**
 * Where ipyparallel keeps its files, so that its tools find ours and ours find theirs.
 *
 * Source: ipyparallel 9.2, `ipyparallel/cluster/cluster.py` and `ipyparallel/apps/baseapp.py`.
 */
export interface ClusterLocation {
  /** `~/.ipython/profile_default` unless told otherwise. */
  readonly profileDir: string;
  /** `''` is the cluster of a plain `ipcluster start`. */
  readonly clusterId: string;
}

/** `$IPYTHONDIR/profile_NAME`, by default `~/.ipython/profile_default`. */
export function profileDir(name = 'default', environment: NodeJS.ProcessEnv = process.env): string {
  const ipythonDir = environment['IPYTHONDIR'] ?? join(homedir(), '.ipython');
  return environment['IPP_PROFILE_DIR'] ?? join(ipythonDir, `profile_${name}`);
}

/** Folder of the profile of this name, whatever `$IPP_PROFILE_DIR` says. */
export function namedProfile(name: string): string {
  return profileDir(name, { ...process.env, IPP_PROFILE_DIR: undefined });
}

/** Paths of the two connection files of a controller. */
export interface ConnectionFiles {
  readonly client: string;
  readonly engine: string;
}

export function securityDir({ profileDir }: Pick<ClusterLocation, 'profileDir'>): string {
  return join(profileDir, 'security');
}

export function logDir({ profileDir }: Pick<ClusterLocation, 'profileDir'>): string {
  return join(profileDir, 'log');
}

/** Connection file for clients. */
export function clientFile(location: ClusterLocation): string {
  return join(securityDir(location), `${controllerPrefix(location)}-client.json`);
}

/** Connection file for engines. */
export function engineFile(location: ClusterLocation): string {
  return join(securityDir(location), `${controllerPrefix(location)}-engine.json`);
}

/** Description of a running cluster: its processes and how they were started. */
export function clusterFile(location: ClusterLocation): string {
  return join(securityDir(location), `cluster-${location.clusterId}.json`);
}

function controllerPrefix({ clusterId }: ClusterLocation): string {
  return clusterId === '' ? 'ipcontroller' : `ipcontroller-${clusterId}`;
}

/** `<unix time>-<4 random>`, as ipyparallel's Cluster names itself. */
export function newClusterId(nowMs: number = Date.now()): string {
  return `${Math.floor(nowMs / 1000)}-${randomBytes(3).toString('hex').slice(0, 4)}`;
}

/**
 * Writes `text` to `path` in one step: readers see the old file, none, or the whole new one. Folders are
 * made for this user alone, the file has mode 0600.
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw new ParallelError(
      'CONNECTION_FILE',
      `Could not write ${path}: ${error instanceof Error ? error.message : String(error)}. ` +
        'Free some space or make the folder writable, then start again.',
      { cause: error },
    );
  }
}

/** The text of `path`, or undefined when there is no such file. */
export async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return undefined;
    throw new ParallelError('CONNECTION_FILE', `Could not read ${path}.`, { cause: error });
  }
}
