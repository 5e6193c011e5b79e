import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { hostname, tmpdir, userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { hasCode, messageOf, ParallelError } from '../base/errors.js';
import { identityOf, type ProcessIdentity } from './process-identity.js';

/** Longest root that leaves room for the folder, the socket's name and its port below 100 bytes. */
const rootLimitBytes = 50;

/**
 * Makes a folder that only this user can enter, with a path so short that a socket address fits into it
 * (the system's limit is 107 bytes), however long the path of the home folder is.
 *
 * Its name tells the process that it belongs to, host and start time included, so that what a dead
 * process left can be told from what a living one needs.
 *
 * @param part - Ends its name, for another one of the same process: a few letters or digits.
 * @throws {@link ParallelError} `START_FAILED`.
 */
export async function createPrivateFolder(owner: ProcessIdentity, part = ''): Promise<string> {
  for (;;) {
    const path = join(await openParent(), `${nameOf(owner)}${part}`);
    try {
      await mkdir(path, { mode: 0o700 });
      return path;
    } catch (error) {
      // Another process that ended just now has removed the parent with its own folder.
      if (!hasCode(error, 'ENOENT')) throw cannotCreate(path, error);
    }
  }
}

/** Removes such a folder, and with the last one the folder that holds them all. */
export async function removePrivateFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
  await rmdir(dirname(path)).catch(() => undefined); // others are in it
}

/** Removes the folders of this user on this host whose process has gone. @returns their paths. */
export async function sweepPrivateFolders(): Promise<string[]> {
  const removed: string[] = [];
  for (const root of rootCandidates()) {
    const parent = join(root, parentName());
    if (!(await isOurs(parent))) continue;
    for (const name of await readdir(parent)) {
      const path = join(parent, name);
      if (!(await isAbandoned(path))) continue;
      await removePrivateFolder(path);
      removed.push(path);
    }
  }
  return removed;
}

/** `<host>-<pid>-<rest of the identity>`, the first and the last hashed. */
function nameOf(identity: ProcessIdentity): string {
  const rest = hash(`${identity.pid} ${identity.startTime} ${identity.bootId}`);
  return `${hash(identity.host).slice(0, 4)}-${identity.pid}-${rest}`;
}

/** True for such a folder when it is of this host and its process has gone. */
export async function isAbandoned(path: string): Promise<boolean> {
  const name = basename(path);
  const [host, pid] = name.split('-');
  if (host !== hash(hostname()).slice(0, 4)) return false;
  const identity = await identityOf(Number(pid));
  return identity === undefined || !name.startsWith(nameOf(identity));
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/** The folder that holds those of all processes of this user, made if need be. */
async function openParent(): Promise<string> {
  for (const root of rootCandidates()) {
    const parent = join(root, parentName());
    try {
      await mkdir(parent, { mode: 0o700 });
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) {
        if (root === lastResort) throw cannotCreate(parent, error);
        continue;
      }
    }
    if (await isOurs(parent)) return parent;
  }
  throw cannotCreate(join(lastResort, parentName()));
}

const lastResort = '/tmp';

function rootCandidates(): string[] {
  const { XDG_RUNTIME_DIR: runtime = '' } = process.env;
  const roots = [runtime, tmpdir()].filter(
    (root) => root.startsWith('/') && Buffer.byteLength(root) <= rootLimitBytes,
  );
  return [...new Set([...roots, lastResort])];
}

function parentName(): string {
  return `pxlab-${userInfo().uid}`;
}

/** Another user could have made a folder of this name in /tmp first: then it is not used. */
async function isOurs(folder: string): Promise<boolean> {
  try {
    const found = await lstat(folder);
    return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'EACCES')) return false;
    throw error;
  }
}

function cannotCreate(path: string, cause?: unknown): ParallelError {
  const why =
    cause === undefined ? 'it belongs to another user or is open to others' : messageOf(cause);
  return new ParallelError(
    'START_FAILED',
    `Could not use the folder ${path} for sockets and pipes: ${why}. ` +
      'Set TMPDIR (or XDG_RUNTIME_DIR) to a folder with a short path that is yours.',
    { cause },
  );
}
