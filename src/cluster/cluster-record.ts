import { randomBytes } from 'node:crypto';
import { constants, copyFile, link, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, messageOf, ParallelError } from '../base/errors.js';
import { version } from '../base/version.js';
import { isProcessIdentity, type ProcessIdentity } from '../process/process-identity.js';
import {
  clientFile,
  type ClusterLocation,
  type ConnectionFiles,
  engineFile,
  readIfPresent,
  securityDir,
  writePrivateFile,
} from '../wire/cluster-files.js';
import type { Owner } from './lease-state.js';
import type { RuntimeFolder } from './runtime-folder.js';
import type { SupervisorOptions } from './supervisor-options.js';

/** What a running cluster says of itself, in `pxlab-<cluster id>.json` beside its connection files. */
export interface ClusterRecord extends ClusterLocation {
  readonly format: 1;
  readonly version: string;
  readonly supervisor: ProcessIdentity;
  /** Absent for a cluster that is shared. */
  readonly owner?: Owner;
  readonly runtimeFolder: string;
  readonly leasePath: string;
  /** Where they have other names than ipyparallel's. */
  readonly connectionFiles?: ConnectionFiles;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly engines: readonly EngineRecord[];
}

export interface EngineRecord {
  readonly process: ProcessIdentity;
  readonly logFile: string;
}

export function newRecord(
  options: SupervisorOptions,
  supervisor: ProcessIdentity,
  folder: RuntimeFolder,
): ClusterRecord {
  const { clusterId, profileDir, owner, standIn } = options;
  return {
    format: 1,
    version,
    clusterId,
    profileDir,
    supervisor,
    ...(owner === undefined ? {} : { owner }),
    runtimeFolder: folder.path,
    leasePath: folder.leasePath,
    ...(standIn === undefined ? {} : { connectionFiles: standIn.connectionFiles }),
    startedAt: new Date().toISOString(),
    engines: [],
  };
}

export function connectionFilesOf(
  place: ClusterLocation & { readonly connectionFiles?: ConnectionFiles },
): ConnectionFiles {
  return place.connectionFiles ?? { client: clientFile(place), engine: engineFile(place) };
}

export function recordFile({ profileDir, clusterId }: ClusterLocation): string {
  return join(securityDir({ profileDir }), `pxlab-${clusterId}.json`);
}

/**
 * Writes the record of a cluster that starts, unless there is one of its id.
 *
 * @returns false when there is one already.
 */
export async function claimRecord(record: ClusterRecord): Promise<boolean> {
  const path = recordFile(record);
  const draft = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    await mkdir(securityDir(record), { recursive: true, mode: 0o700 });
    await writeFile(draft, format(record), { mode: 0o600, flag: 'wx' });
    await linkOrCreate(draft, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw new ParallelError(
      'START_FAILED',
      `Could not write ${path}: ${messageOf(error)}. ` +
        'Free some space or make the folder writable, then start again.',
      { cause: error },
    );
  } finally {
    await rm(draft, { force: true });
  }
}

/** Whole and only once: a rename would replace another's record. Not every file system has links. */
async function linkOrCreate(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].some((code) => hasCode(error, code))) {
      throw error;
    }
    await copyFile(draft, path, constants.COPYFILE_EXCL);
  }
}

export function updateRecord(record: ClusterRecord): Promise<void> {
  return writePrivateFile(recordFile(record), format(record));
}

/**
 * The record of one cluster, or undefined when there is none.
 *
 * @throws {@link ParallelError} `CONNECTION_FILE` for a file that is damaged.
 */
export async function readRecord(location: ClusterLocation): Promise<ClusterRecord | undefined> {
  const path = recordFile(location);
  const text = await readIfPresent(path);
  return text === undefined ? undefined : parseRecord(text, path);
}

/** Ids of the clusters that have a record in `profileDir`. */
export async function recordedIds(profileDir: string): Promise<string[]> {
  const names = await namesIn(securityDir({ profileDir }));
  return names.flatMap((name) => /^pxlab-(.*)\.json$/.exec(name)?.[1] ?? []).sort();
}

/** Names of the files in `folder`; none when there is no such folder. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return [];
    throw new ParallelError('CONNECTION_FILE', `Could not read ${folder}: ${messageOf(error)}.`, {
      cause: error,
    });
  }
}

function format(record: ClusterRecord): string {
  return JSON.stringify(record, undefined, 2);
}

function parseRecord(text: string, path: string): ClusterRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged(path, cause);
  }
  if (!isRecord(value)) throw damaged(path);
  return value;
}

function isRecord(value: unknown): value is ClusterRecord {
  if (typeof value !== 'object' || value === null) return false;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const texts = ['clusterId', 'profileDir', 'runtimeFolder', 'leasePath', 'startedAt'];
  return (
    fields['format'] === 1 &&
    texts.every((field) => typeof fields[field] === 'string') &&
    isProcessIdentity(fields['supervisor']) &&
    Array.isArray(fields['engines']) &&
    fields['engines'].every(isEngineRecord)
  );
}

function isEngineRecord(value: unknown): value is EngineRecord {
  return (
    typeof value === 'object' &&
    value !== null &&
    'process' in value &&
    isProcessIdentity(value.process)
  );
}

function damaged(path: string, cause?: unknown): ParallelError {
  return new ParallelError(
    'CONNECTION_FILE',
    `The file ${path} of a cluster is damaged. Remove it with \`pxcluster clean\`, and start anew.`,
    { cause },
  );
}
