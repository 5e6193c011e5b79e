import { createHash, randomUUID } from 'node:crypto';
import { accessSync, constants, lstatSync, type Stats, statSync } from 'node:fs';
import { lstat, mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { constants as osConstants, setPriority } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedDataVersionTag } from 'node:v8';
import { hasCode, messageOf, ParallelError } from '../base/errors.js';
import { userFolder } from '../base/user-folders.js';
import { version } from '../base/version.js';
import { Child } from '../process/child.js';
import { noDeclarations } from '../wire/cell.js';
import { CompilerProcess, compilerEnvironment, nodeFlags } from './compiler-process.js';
import type { ReplyMessage, RequestMessage } from './protocol.js';

/** What Node makes the snapshot of. */
const entry = fileURLToPath(new URL('./snapshot-entry.cjs', import.meta.url));
const main = fileURLToPath(new URL('./snapshot-main.cjs', import.meta.url));
/** Where the build of this package puts one. */
const ownFolder = fileURLToPath(new URL('./snapshots/', import.meta.url));
/** Of so many versions of Node and of this package one is kept. */
const keptCount = 3;
/** How long a new one may take to compile for the first time. */
const probeMs = 30_000;

/** Where snapshots are looked for; new ones are put into the last: the user's cache, for a user who has a home. */
export function snapshotFolders(env: NodeJS.ProcessEnv = process.env): readonly string[] {
  const cache = cacheFolder(env);
  return cache === undefined ? [ownFolder] : [ownFolder, cache];
}

/** The snapshot that suits this Node and this package; undefined when there is none that can be read and trusted. */
export function findSnapshot(folders: readonly string[] = snapshotFolders()): string | undefined {
  const name = fileName();
  return folders.map((folder) => join(folder, name)).find((path) => isTrusted(path));
}

/**
 * Makes a snapshot and looks whether it works: four seconds of work, and some 45 MB on disk.
 *
 * @returns its path.
 * @throws {@link ParallelError} `START_FAILED`, or the signal's reason; nothing is left then.
 */
export async function makeSnapshot(
  folders: readonly string[] = snapshotFolders(),
  signal?: AbortSignal,
): Promise<string> {
  const folder = folders.at(-1) ?? ownFolder;
  const path = join(folder, fileName());
  const unfinished = join(folder, `${process.pid}-${randomUUID()}${unfinishedEnding}`);
  try {
    await mkdir(folder, { recursive: true, mode: folder === ownFolder ? 0o755 : 0o700 });
    await tidy(folder);
    await writeFile(unfinished, '', { flag: 'wx', mode: 0o644 }); // whatever the mask of this process is
    await build(unfinished, signal);
    await probe(unfinished, signal);
    await rename(unfinished, path);
    return path;
  } catch (error) {
    signal?.throwIfAborted();
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
  const folder = cacheFolder(process.env);
  if (folder === undefined) return;
  await rm(folder, { recursive: true, force: true });
  await rmdir(dirname(folder)).catch(() => undefined); // something else is in it, or it is not there
}

/** For the build of this package: puts one beside it, unless it is there. */
export async function makeOwnSnapshot(): Promise<void> {
  if (findSnapshot([ownFolder]) === undefined) await makeSnapshot([ownFolder]);
}

const ending = '.blob';
const unfinishedEnding = '.unfinished';

/** Tells apart whatever a snapshot holds, or depends on: the features of the processor are among it. */
function fileName(): string {
  const { node, v8 } = process.versions;
  const require = createRequire(import.meta.url);
  const packages = ['typescript/package.json', 'tslab/package.json', '@types/node/package.json'];
  const files = [entry, main, ...packages.map((file) => require.resolve(file))];
  const system = [node, v8, cachedDataVersionTag(), process.platform, process.arch];
  const parts = [version, ...system, ...nodeFlags, ...files.map(stampOf)];
  return `${createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16)}${ending}`;
}

function stampOf(path: string): string {
  const { mtimeMs = 0, size = 0 } = statSync(path, { throwIfNoEntry: false }) ?? {};
  return `${path} ${mtimeMs} ${size}`;
}

function cacheFolder(env: NodeJS.ProcessEnv): string | undefined {
  const folder = userFolder('cache', env);
  return folder === undefined ? undefined : join(folder, 'compiler');
}

/**
 * A snapshot is a program: it and its folder have to be of whoever runs this one or installed it, and changed by
 * nobody else.
 */
function isTrusted(path: string): boolean {
  try {
    const [file, folder] = [lstatSync(path), lstatSync(dirname(path))];
    accessSync(path, constants.R_OK);
    return file.isFile() && folder.isDirectory() && [file, folder].every(isSafe);
  } catch {
    return false; // there is none, or it cannot be looked at
  }
}

function isSafe({ uid, mode }: Stats): boolean {
  if (process.platform === 'win32') return true;
  return [process.getuid?.(), statSync(entry).uid].includes(uid) && (mode & 0o022) === 0;
}

async function build(path: string, signal: AbortSignal | undefined): Promise<void> {
  const child = await Child.spawn({
    command: process.execPath,
    args: [...nodeFlags, '--snapshot-blob', path, '--build-snapshot', entry],
    env: compilerEnvironment(),
    output: 'capture',
    diesWithParent: true,
  });
  const stop = (): void => child.signal('SIGKILL');
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted === true) stop();
  lowerPriority(child.pid);
  const [text, { code, signal: ended }] = await Promise.all([child.captured, child.exited]);
  signal?.removeEventListener('abort', stop);
  if (code !== 0) throw new Error(`Node ended with ${ended ?? code}: ${text.trim()}.`);
}

/** @throws when a process that begins with it does not compile. */
async function probe(path: string, signal: AbortSignal | undefined): Promise<void> {
  const late = AbortSignal.any([AbortSignal.timeout(probeMs), ...(signal ? [signal] : [])]);
  const made = new CompilerProcess(path, { cwd: dirname(path) });
  try {
    const replies = new Promise<readonly ReplyMessage[]>((resolve) => {
      const all: ReplyMessage[] = [];
      made.onReply((reply) => all.push(reply) === probes.length && resolve(all));
    });
    probes.forEach((request) => made.post(request));
    const given = new Promise<undefined>((resolve) => {
      late.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    const outcome = (await Promise.race([replies, made.ended, given])) ?? { text: 'no answer' };
    if ('text' in outcome) throw new Error(`What was made does not work: ${outcome.text}.`);
    const isWrong = outcome.some((each) => !('reply' in each) || hasFailed(each.reply));
    if (isWrong) throw new Error('What was made does not compile.');
  } finally {
    await made.close();
  }
}

const context = { side: 'notebook', base: noDeclarations } as const;
const probes: readonly RequestMessage[] = [
  {
    ...{ id: 1, method: 'compile' },
    request: { ...context, name: 'Cell [1]', code: 'const n = [1].length; n', resolveFrom: '/' },
  },
  { id: 2, method: 'complete', request: { ...context, code: 'px.', position: 3 } },
];

function hasFailed(reply: unknown): boolean {
  return (reply as { ok?: boolean }).ok === false;
}

/** Nobody waits for it. */
function lowerPriority(pid: number): void {
  try {
    setPriority(pid, osConstants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // it has ended, or the system does not let us
  }
}

/** Removes what other versions have left, but for the newest, and what a process that has gone did not finish. */
async function tidy(folder: string): Promise<void> {
  const names = await readdir(folder);
  const abandoned = names.filter(
    (name) => name.endsWith(unfinishedEnding) && !isRunning(Number.parseInt(name)),
  );
  const snapshots = await Promise.all(
    names
      .filter((name) => name.endsWith(ending))
      .map(async (name) => {
        const found = await lstat(join(folder, name)).catch(() => undefined); // removed meanwhile
        return { name, modifiedMs: found?.mtimeMs ?? 0 };
      }),
  );
  const newest = snapshots.sort((a, b) => b.modifiedMs - a.modifiedMs);
  const old = newest.slice(keptCount - 1).map(({ name }) => name);
  await Promise.all([...old, ...abandoned].map((name) => rm(join(folder, name), { force: true })));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}
