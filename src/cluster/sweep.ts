import { readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { endProcess } from '../process/end-process.js';
import { livenessOf } from '../process/process-identity.js';
import {
  clientFile,
  clusterFile,
  type ClusterLocation,
  engineFile,
} from '../wire/cluster-files.js';
import { type ClusterRecord, readRecord, recordedIds, recordFile } from './cluster-record.js';
import { isAbandoned, sweepRuntimeFolders } from './runtime-folder.js';

/** Time for what a dead cluster left to go by itself: its engines see the end of their lease. */
const graceMs = 1000;

/**
 * Removes what dead clusters left: engines, connection files in `profileDir`, runtime folders. Clusters
 * that run, and those of other hosts, are not touched.
 *
 * @returns the clusters and folders that were removed.
 */
export async function sweep(profileDir: string): Promise<string[]> {
  const ids = await recordedIds(profileDir);
  const swept = await Promise.all(
    ids.map(async (clusterId) => ((await sweepIfDead({ profileDir, clusterId })) ? clusterId : [])),
  );
  return [...swept.flat(), ...(await sweepRuntimeFolders())];
}

/** Removes what one cluster left if its supervisor is dead. @returns whether it was. */
export async function sweepIfDead(location: ClusterLocation): Promise<boolean> {
  let record: ClusterRecord | undefined;
  try {
    record = await readRecord(location);
  } catch {
    return sweepDamaged(location);
  }
  if (record === undefined || (await livenessOf(record.supervisor)) !== 'dead') return false;
  await Promise.all(record.engines.map(({ process }) => endProcess(process, { graceMs })));
  await rm(record.runtimeFolder, { recursive: true, force: true });
  await removeFiles(location, record.leasePath);
  return true;
}

/**
 * Removes the files of a cluster from its profile. A connection file that another controller has put in
 * their place stays.
 */
export async function removeFiles(location: ClusterLocation, leasePath: string): Promise<void> {
  for (const path of [clientFile(location), engineFile(location)]) {
    if ((await leaseIn(path)) === leasePath) await rm(path, { force: true });
  }
  await rm(clusterFile(location), { force: true });
  await rm(recordFile(location), { force: true }); // last: as long as it is there, a sweep tries again
}

/** Without a record, the connection file tells which runtime folder was the cluster's. */
async function sweepDamaged(location: ClusterLocation): Promise<boolean> {
  const leasePath = await leaseIn(clientFile(location));
  if (leasePath !== undefined) {
    if (!(await isAbandoned(dirname(leasePath)))) return false;
    await removeFiles(location, leasePath);
  }
  await rm(recordFile(location), { force: true });
  return true;
}

/** Path of the lease socket in a connection file of ours. */
async function leaseIn(path: string): Promise<string | undefined> {
  try {
    return leasePathIn(await readFile(path, 'utf8'));
  } catch {
    return undefined; // there is none, or it is damaged
  }
}

function leasePathIn(text: string): string | undefined {
  const info = JSON.parse(text) as { pxlab?: { lease?: unknown } } | null;
  const path = info?.pxlab?.lease;
  return typeof path === 'string' ? path : undefined;
}
