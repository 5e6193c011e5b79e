import { createHash, randomUUID } from 'node:crypto';
import { lstatSync, statSync } from 'node:fs';
import { chmod, lstat, mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { constants, homedir, setPriority } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf, ParallelError } from '../base/errors.js';
import { version } from '../base/version.js';
import { Child } from '../process/child.js';
import { CompilerProcess, compilerEnvironment, nodeFlags } from './compiler-process.js';

/** What Node makes the snapshot of. */
const entry = fileURLToPath(new URL('./snapshot-entry.cjs', import.meta.url));
/** Where the build of this package puts one. */
const ownFolder = fileURLToPath(new URL('./snapshots/', import.meta.url));
/** Of so many versions of Node and of this package one is kept. */
const keptCount = 3;
/** How long it may take to answer for the first time. */
const probeMs = 30_000;
/** A file that was begun and not finished by then never will be. */
const abandonedMs = 600_000;

/** Where snapshots are looked for; new ones are put into the last: the user's cache. */
export function snapshotFolders(env: NodeJS.ProcessEnv = process.env): readonly string[] {
  return [ownFolder, cacheFolder(env)];
}

/** The snapshot that suits this Node and this package; undefined when there is none that can be trusted. */
export function findSnapshot(folders: readonly string[] = snapshotFolders()): string | undefined {
  const name = fileName();
  return folders.map((folder) => join(folder, name)).find((path) => isTrusted(path));
}

/**
 * Makes a snapshot and looks whether it works: four seconds of work, and some 45 MB on disk.
 *
 * @returns its path.
 * @throws {@link ParallelError} `START_FAILED`; nothing is left then.
 */
export async function makeSnapshot(
  folders: readonly string[] = snapshotFolders(),
): Promise<string> {
  const folder = folders.at(-1) ?? ownFolder;
  const path = join(folder, fileName());
  const unfinished = join(folder, `${randomUUID()}${unfinishedEnding}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await tidy(folder);
    await build(unfinished);
    await probe(unfinished);
    await rename(unfinished, path);
    return path;
  } catch (error) {
    throw new ParallelError(
      'START_FAILED',
      `Could not prepare the compiler in ${folder}: ${messageOf(error)} ` +
        'Kernels work without it, and start a second later.',
      { cause: error },
    );
  } finally {
    await rm(unfinished, { force: true }).catch(() => undefined); // the folder is none
  }
}

/** Removes those of the user's cache, of all versions: whoever needs one makes it anew. */
export async function removeSnapshots(): Promise<void> {
  await rm(cacheFolder(process.env), { recursive: true, force: true });
  await rmdir(dirname(cacheFolder(process.env))).catch(() => undefined); // something else is in it, or it is not there
}

/** For the build of this package: puts one beside it, unless it is there. */
export async function makeOwnSnapshot(): Promise<void> {
  if (findSnapshot([ownFolder]) === undefined) await makeSnapshot([ownFolder]);
}

const ending = '.blob';
const unfinishedEnding = '.unfinished';

/** Tells apart whatever a snapshot holds, or depends on. */
function fileName(): string {
  const { node, v8 } = process.versions;
  const typescript = createRequire(import.meta.url).resolve('typescript');
  const files = [entry, fileURLToPath(new URL('./snapshot-main.cjs', import.meta.url)), typescript];
  const parts = [
    version,
    node,
    v8,
    process.platform,
    process.arch,
    ...nodeFlags,
    ...files.map(stampOf),
  ];
  return `${createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16)}${ending}`;
}

function stampOf(path: string): string {
  const { mtimeMs = 0, size = 0 } = statSync(path, { throwIfNoEntry: false }) ?? {};
  return `${path} ${mtimeMs} ${size}`;
}

/** Source of the folder: https://specifications.freedesktop.org/basedir-spec/latest/ */
function cacheFolder({
  XDG_CACHE_HOME: given = '',
  LOCALAPPDATA: local,
}: NodeJS.ProcessEnv): string {
  return join(cachesFolder(given, local), 'pxlab', 'compiler');
}

function cachesFolder(given: string, local: string | undefined): string {
  if (isAbsolute(given)) return given;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  if (process.platform === 'win32') return local ?? join(homedir(), 'AppData', 'Local');
  return join(homedir(), '.cache');
}

/** A snapshot is a program: it has to be of whoever runs this one or installed it, and changed by nobody else. */
function isTrusted(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isFile() !== true) return false;
  if (process.platform === 'win32') return true;
  const { uid: ownerOfPackage } = statSync(entry);
  return [process.getuid?.(), ownerOfPackage].includes(found.uid) && (found.mode & 0o022) === 0;
}

async function build(path: string): Promise<void> {
  const child = await Child.spawn({
    command: process.execPath,
    args: [...nodeFlags, '--snapshot-blob', path, '--build-snapshot', entry],
    env: compilerEnvironment(),
    output: 'capture',
  });
  lowerPriority(child.pid);
  const [text, { code, signal }] = await Promise.all([child.captured, child.exited]);
  if (code !== 0) throw new Error(`Node ended with ${signal ?? code}: ${text.trim()}.`);
  await chmod(path, 0o600);
}

/** @throws when a process that begins with it does not answer. */
async function probe(path: string): Promise<void> {
  const made = new CompilerProcess(path, { cwd: '/' });
  const answer = new Promise<undefined>((resolve) => made.onReply(() => resolve(undefined)));
  made.post({ id: 1, method: 'isComplete', request: '1 + 1' });
  const late = setTimeout(() => void made.close(), probeMs); // it never rejects
  const failure = await Promise.race([answer, made.ended]);
  clearTimeout(late);
  await made.close();
  if (failure !== undefined) throw new Error(`What was made does not work: ${failure}.`);
}

/** Nobody waits for it. */
function lowerPriority(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // it has ended, or the system does not let us
  }
}

/** Removes what other versions have left, but for the newest, and what was never finished. */
async function tidy(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter(
    (name) => name.endsWith(ending) || name.endsWith(unfinishedEnding),
  );
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      return { path, modifiedMs: (await lstat(path)).mtimeMs };
    }),
  );
  const snapshots = found.filter(({ path }) => path.endsWith(ending));
  const old = snapshots.sort((a, b) => b.modifiedMs - a.modifiedMs).slice(keptCount - 1);
  const abandoned = found.filter(
    ({ path, modifiedMs }) =>
      path.endsWith(unfinishedEnding) && Date.now() - modifiedMs > abandonedMs,
  );
  await Promise.all([...old, ...abandoned].map(({ path }) => rm(path, { force: true })));
}
