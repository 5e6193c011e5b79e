import { readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, ParallelError } from '../base/errors.js';
import { endOrphans } from '../process/end-orphans.js';
import { endProcess } from '../process/end-process.js';
import {
  isAbandoned,
  removePrivateFolder,
  sweepPrivateFolders,
} from '../process/private-folder.js';
import { identityOf, livenessOf } from '../process/process-identity.js';
import { controllerPidIn } from '../wire/cluster-description.js';
import { clusterFile, type ClusterLocation } from '../wire/cluster-files.js';
import { placeVariables } from './engine-environment.js';
import {
  type ClusterRecord,
  connectionFilesOf,
  type EngineRecord,
  readRecord,
  recordedIds,
  recordFile,
} from './cluster-record.js';
import { answersFromHere } from './reach.js';

/** Time for what a dead cluster left to go by itself: its engines see the end of their lease. */
const graceMs = 1000;

/** What a sweep has removed. */
export interface Swept {
  readonly clusterIds: readonly string[];
  readonly folders: readonly string[];
}

export interface SweepOptions {
  /** Whether a host of which nothing can be known from here is taken for gone. @defaultValue never */
  readonly isHostGone?: ((host: string) => boolean) | undefined;
}

/**
 * Removes what dead clusters left: engines, connection files in `profileDir`, runtime folders. Clusters
 * that run, and those of other hosts, are not touched.
 */
export async function sweep(profileDir: string, options: SweepOptions = {}): Promise<Swept> {
  const ids = await recordedIds(profileDir);
  const areSwept = await Promise.all(
    ids.map((clusterId) => sweepIfDead({ profileDir, clusterId }, options)),
  );
  const clusterIds = ids.filter((_, index) => areSwept[index]);
  return { clusterIds, folders: await sweepPrivateFolders() };
}

/** Removes what one cluster left if its supervisor is dead. @returns whether it was. */
export async function sweepIfDead(
  location: ClusterLocation,
  options: SweepOptions = {},
): Promise<boolean> {
  let record: ClusterRecord | undefined;
  try {
    record = await readRecord(location);
  } catch {
    return sweepDamaged(location);
  }
  if (record === undefined) return false;
  const liveness = await livenessOf(record.supervisor);
  if (liveness === 'alive' || (liveness === 'elsewhere' && !(await isGone(record, options)))) {
    return false;
  }
  if (liveness === 'dead') await Promise.all(record.engines.map((one) => endEngine(one, record)));
  await removePrivateFolder(record.runtimeFolder);
  await removeFiles(record);
  return true;
}

/** One that answers runs, whatever is said of its host. */
async function isGone(record: ClusterRecord, { isHostGone }: SweepOptions): Promise<boolean> {
  return isHostGone?.(record.supervisor.host) === true && !(await answersFromHere(record));
}

/** Ends an engine, and what its cells left running in the background. */
async function endEngine({ process }: EngineRecord, location: ClusterLocation): Promise<void> {
  await endProcess(process, { graceMs });
  await endOrphans(
    process.pid,
    Object.entries(placeVariables(location)).map((pair) => pair.join('=')),
  );
}

/**
 * Removes the files of a cluster from its profile. Those that another controller of the same id has put
 * in their place stay; damaged ones go.
 */
export async function removeFiles(record: ClusterRecord): Promise<void> {
  const { client, engine } = connectionFilesOf(record);
  for (const path of [client, engine]) {
    await removeIf(path, (text) => leasePathIn(text) === record.leasePath);
  }
  const { pid } = record.supervisor;
  await removeIf(clusterFile(record), (text) => controllerPidIn(text) === pid);
  // Last: as long as the record is there, a sweep tries again.
  await removeIf(recordFile(record), (text) => text.includes(JSON.stringify(record.leasePath)));
}

/**
 * Without a record, the connection files tell which runtime folder was the cluster's, and so whether its
 * supervisor runs. Its engines have ended by themselves then.
 */
async function sweepDamaged(location: ClusterLocation): Promise<boolean> {
  const { client, engine } = connectionFilesOf(location);
  const connectionFiles = [client, engine];
  const texts = await Promise.all(connectionFiles.map(readText));
  const [leasePath] = texts.flatMap((text = '') => leasePathIn(text) ?? []);
  if (leasePath !== undefined && !(await isAbandoned(dirname(leasePath)))) return false;
  for (const path of connectionFiles) {
    await removeIf(path, (text) => leasePath !== undefined && leasePathIn(text) === leasePath);
  }
  const pid = controllerPidIn((await readText(clusterFile(location))) ?? '');
  if (pid === undefined || (await identityOf(pid)) === undefined) {
    await removeFile(clusterFile(location));
  }
  await removeFile(recordFile(location));
  return true;
}

async function removeIf(path: string, isOurs: (text: string) => boolean): Promise<void> {
  const text = await readText(path);
  if (text !== undefined && (isOurs(text) || !isJson(text))) await removeFile(path);
}

/** @throws {@link ParallelError} `CONNECTION_FILE`. */
async function removeFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (error) {
    throw new ParallelError(
      'CONNECTION_FILE',
      `Could not remove ${path}: ${messageOf(error)}. Make its folder writable.`,
      { cause: error },
    );
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Path of the lease socket in a connection file of ours. */
function leasePathIn(text: string): string | undefined {
  if (!isJson(text)) return undefined;
  const info = JSON.parse(text) as { pxlab?: { lease?: unknown } } | null;
  const path = info?.pxlab?.lease;
  return typeof path === 'string' ? path : undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
