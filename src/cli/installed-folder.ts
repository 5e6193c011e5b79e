import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { version } from '../base/version.js';

/** What is remembered of an installation, in the folder itself. */
interface InstallRecord {
  readonly version: string;
  /** The uppermost folder that had to be made; null when the installed one was there, and empty. */
  readonly madeFolder: string | null;
}

const recordFile = 'installed.json';

/**
 * Puts a folder of ours in place of what is there: it is made aside and renamed, so that a half-written
 * one is never seen, and a failure leaves what was there.
 */
export async function putFolder(
  folder: string,
  fill: (staging: string) => Promise<void>,
): Promise<void> {
  const parent = dirname(folder);
  const madeParent = await mkdir(parent, { recursive: true });
  const staging = join(parent, `.pxlab-${randomBytes(4).toString('hex')}`);
  try {
    const madeFolder = madeParent ?? (await madeEarlier(folder));
    await mkdir(staging);
    await fill(staging);
    const record: InstallRecord = { version, madeFolder };
    await writeFile(join(staging, recordFile), `${JSON.stringify(record, undefined, 2)}\n`);
    await rm(folder, { recursive: true, force: true });
    await rename(staging, folder);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    if (madeParent !== undefined) await removeEmptyUpTo(madeParent, parent);
    throw error;
  }
}

/**
 * Takes the folder away, and those above it that were made for it and hold nothing else.
 *
 * @returns whether there was one.
 */
export async function takeFolder(folder: string): Promise<boolean> {
  if (!(await isThere(folder)) || (await isEmpty(folder))) return false;
  const record = await readInstallRecord(folder);
  await rm(folder, { recursive: true });
  if (record?.madeFolder === null) await mkdir(folder);
  else if (record !== undefined) await removeEmptyUpTo(record.madeFolder, dirname(folder));
  return true;
}

/** The record of an installation; undefined where there is none. */
async function readInstallRecord(folder: string): Promise<InstallRecord | undefined> {
  try {
    const found: unknown = JSON.parse(await readFile(join(folder, recordFile), 'utf8'));
    return isRecord(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is InstallRecord {
  if (typeof value !== 'object' || value === null) return false;
  if (!('version' in value && 'madeFolder' in value)) return false;
  const { version: found, madeFolder } = value;
  return typeof found === 'string' && (madeFolder === null || typeof madeFolder === 'string');
}

/** What an installation that is replaced had made. */
async function madeEarlier(folder: string): Promise<string | null> {
  const record = await readInstallRecord(folder);
  if (record !== undefined) return record.madeFolder;
  return (await isThere(folder)) && (await isEmpty(folder)) ? null : folder;
}

async function removeEmptyUpTo(uppermost: string, from: string): Promise<void> {
  for (let folder = from; isInside(folder, uppermost); folder = dirname(folder)) {
    if (!(await isEmpty(folder))) return;
    await rmdir(folder);
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function isEmpty(folder: string): Promise<boolean> {
  return readdir(folder).then(
    (names) => names.length === 0,
    () => false,
  );
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
