import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { hostname, networkInterfaces } from 'node:os';
import { basename } from 'node:path';
import { ParallelError } from '../base/errors.js';
import {
  clientFile,
  profileDir as defaultProfileDir,
  readIfPresent,
  securityDir,
} from '../wire/cluster-files.js';
import {
  type ClientInfoFile,
  parseClientInfo,
  type Route,
  routeOf,
} from '../wire/connection-info.js';
import { isDeserted } from './probe.js';
import { listOf } from './wording.js';

/** Which cluster is meant. The first of these that is given decides. */
export interface ClusterChoice {
  /** What a connection file for clients holds. */
  readonly connectionInfo?: ClientInfoFile;
  /** Path of a connection file for clients. */
  readonly connectionFile?: string;
  /**
   * @defaultValue `$IPP_CLUSTER_ID`; without it the cluster that `pxcluster start` starts, else the only
   * one that runs.
   */
  readonly clusterId?: string;
  /** @defaultValue `$IPP_PROFILE_DIR`, else `~/.ipython/profile_default` */
  readonly profileDir?: string;
}

/** A cluster, as its connection file describes it. It need not run any more. */
export interface FoundCluster {
  readonly info: ClientInfoFile;
  readonly route: Route;
  /** The file, for messages. */
  readonly source: string;
  /** True when the controller runs on this machine: no network is between, and its silence is its end. */
  readonly isHere: boolean;
}

/**
 * Finds and reads the connection file.
 *
 * @throws {@link ParallelError} `CLUSTER_NOT_FOUND`, `SEVERAL_CLUSTERS` or `CONNECTION_FILE`.
 */
export async function findCluster(choice: ClusterChoice): Promise<FoundCluster> {
  if (choice.connectionInfo !== undefined) return found(choice.connectionInfo, 'connectionInfo');
  const path = choice.connectionFile ?? (await pathOf(choice));
  const text = await readIfPresent(path);
  if (text === undefined) throw await notFound(choice, path);
  return found(parseClientInfo(text, path), path);
}

function found(info: ClientInfoFile, source: string): FoundCluster {
  const names = hostNames();
  const route = routeOf(info, { exists: existsSync, hostNames: names });
  const isLoopback = /^tcp:\/\/(127\.|localhost|\[::1\])/.test(route.base);
  // A loopback address may be the end of a tunnel: then the controller says that it is elsewhere.
  const isHere = route.base.startsWith('ipc://') || (isLoopback && names.includes(info.location));
  return { info, source, route, isHere };
}

function hostNames(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  return [hostname(), ...addresses.map(({ address }) => address)];
}

async function pathOf(choice: ClusterChoice): Promise<string> {
  const { profileDir = defaultProfileDir() } = choice;
  const clusterId = choice.clusterId ?? process.env['IPP_CLUSTER_ID'];
  if (clusterId !== undefined) return clientFile({ profileDir, clusterId });
  const all = await clusterIds(profileDir);
  if (all.includes('') || all.length === 0) return clientFile({ profileDir, clusterId: '' });
  const ids = all.length === 1 ? all : await withoutDead(profileDir, all);
  const [only = '', ...others] = ids.length === 0 ? all : ids;
  if (others.length === 0) return clientFile({ profileDir, clusterId: only });
  throw new ParallelError(
    'SEVERAL_CLUSTERS',
    `There are several clusters: ${describeIds(ids)}. ` +
      `Say which one you mean, for instance Client.connect({ clusterId: '${only}' }).`,
  );
}

/** Clusters that ended without removing their files are no choice; damaged files are told of by name. */
async function withoutDead(profileDir: string, ids: readonly string[]): Promise<string[]> {
  const areDead = await Promise.all(
    ids.map(async (clusterId) => {
      const path = clientFile({ profileDir, clusterId });
      const text = await readIfPresent(path);
      if (text === undefined) return true;
      try {
        const { info, route } = found(parseClientInfo(text, path), path);
        return await isDeserted(route, info.registration);
      } catch {
        return false;
      }
    }),
  );
  return ids.filter((_, index) => areDead[index] === false);
}

/** Ids of the clusters that have a connection file for clients in `profileDir`. */
async function clusterIds(profileDir: string): Promise<string[]> {
  const names = await readdir(securityDir({ profileDir })).catch(() => []);
  return names
    .map((name) => /^ipcontroller(?:-(.*))?-client\.json$/.exec(name))
    .filter((match) => match !== null)
    .map((match) => match[1] ?? '')
    .sort();
}

async function notFound(choice: ClusterChoice, path: string): Promise<ParallelError> {
  if (choice.connectionFile !== undefined) {
    return new ParallelError(
      'CLUSTER_NOT_FOUND',
      `There is no connection file ${path}. Start a cluster with \`pxcluster start\`, or correct the path.`,
    );
  }
  const { profileDir = defaultProfileDir() } = choice;
  const ids = await clusterIds(profileDir);
  const file = basename(path);
  const others =
    ids.length === 0
      ? 'and no other cluster is there either'
      : `there ${ids.length === 1 ? 'is' : 'are'} ${describeIds(ids)}`;
  return new ParallelError(
    'CLUSTER_NOT_FOUND',
    `No cluster found: ${securityDir({ profileDir })} has no ${file}, ${others}. ` +
      'Start one with `pxcluster start -n 4`.',
  );
}

function describeIds(ids: readonly string[]): string {
  return listOf(ids.map((id) => (id === '' ? "'' (the one without an id)" : `'${id}'`)));
}
