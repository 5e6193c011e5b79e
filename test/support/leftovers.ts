import { readdir, readFile, readlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../lib/base/clock.js';

/**
 * What a program can leave on a machine, looked at before and after:
 *
 * ```ts
 * const before = await takeSnapshot();
 * await run();
 * expect(await leftoversSince(before)).toEqual([]);
 * ```
 *
 * On a machine where others work too, give the program a mark in its environment and folders of its own,
 * as `openSandbox` does, and look at those alone. Linux only: elsewhere snapshots are empty.
 */
export interface SnapshotScope {
  /** `NAME=value`: only processes that have it in their environment, and their ports. */
  readonly mark?: string;
  /** Folders whose entries count. @defaultValue the folders for temporary files and sockets */
  readonly folders?: readonly string[];
}

export interface Snapshot {
  readonly scope: SnapshotScope;
  /** Each thing that is there, in words. */
  readonly things: ReadonlySet<string>;
}

export async function takeSnapshot(scope: SnapshotScope = {}): Promise<Snapshot> {
  if (process.platform !== 'linux') return { scope, things: new Set() };
  const processes = await markedProcesses(scope.mark);
  const running = processes.map(({ pid, command }) => `process ${pid}: ${command}`);
  const found = await Promise.all([
    listeningPorts(scope.mark === undefined ? undefined : processes.map(({ pid }) => pid)),
    boundSockets(scope.folders),
    entriesOf(scope.folders ?? [...temporaryFolders(), '/dev/shm']),
  ]);
  return { scope, things: new Set([...running, ...found.flat()]) };
}

/** What is there now and was not at `before`, after waiting `withinMs` for it to go. */
export async function leftoversSince(
  before: Snapshot,
  { withinMs = 3000 }: { withinMs?: number } = {},
): Promise<string[]> {
  let left: string[] = [];
  await until(
    async () => {
      const now = await takeSnapshot(before.scope);
      left = [...now.things].filter((thing) => !before.things.has(thing));
      return left.length === 0;
    },
    { timeoutMs: withinMs, periodMs: 50 },
  );
  return left.sort();
}

/** Running processes that have `mark` in their environment, without this one. */
export async function markedProcesses(
  mark: string | undefined,
): Promise<{ readonly pid: number; readonly command: string }[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 1);
  const found = await Promise.all(
    pids.map(async (pid) => {
      if (pid === process.pid) return [];
      const [stat, environment, command] = await Promise.all(
        ['stat', 'environ', 'cmdline'].map((file) => readText(`/proc/${pid}/${file}`)),
      );
      const isZombie = stat === undefined || /\) [ZX] /.test(stat);
      const isMarked = mark === undefined || environment?.split('\0').includes(mark) === true;
      if (isZombie || !isMarked) return [];
      return [{ pid, command: (command ?? '').replaceAll('\0', ' ').trim() }];
    }),
  );
  return found.flat();
}

/** TCP ports that are listened at; with `pids`, by those processes. */
async function listeningPorts(pids: readonly number[] | undefined): Promise<string[]> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readText(`/proc/net/${name}`)));
  const owned = pids === undefined ? undefined : await socketInodes(pids);
  return tables.flatMap((table = '') =>
    table.split('\n').flatMap((line) => {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      if (state !== '0A' || owned?.has(inode) === false) return [];
      return [`port ${Number.parseInt(local.split(':')[1] ?? '', 16)}`];
    }),
  );
}

async function socketInodes(pids: readonly number[]): Promise<ReadonlySet<string>> {
  const links = await Promise.all(
    pids.map(async (pid) => {
      const fds = await readdir(`/proc/${pid}/fd`).catch(() => []);
      return Promise.all(fds.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
    }),
  );
  return new Set(links.flat().flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
}

/** Unix sockets that are bound to a path, also one that was removed meanwhile. */
async function boundSockets(folders: readonly string[] | undefined): Promise<string[]> {
  const table = (await readText('/proc/net/unix')) ?? '';
  const paths = table.split('\n').flatMap((line) => / (\/.*)$/.exec(line)?.[1] ?? []);
  const isMeant = (path: string): boolean =>
    folders === undefined ? true : folders.some((folder) => path.startsWith(`${folder}/`));
  return paths.filter(isMeant).map((path) => `socket ${path}`);
}

async function entriesOf(folders: readonly string[]): Promise<string[]> {
  const listings = await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(folder, { recursive: true }).catch(() => []);
      return names.map((name) => `file ${join(folder, name)}`);
    }),
  );
  return listings.flat();
}

function temporaryFolders(): string[] {
  const { XDG_RUNTIME_DIR: runtime } = process.env;
  return [...new Set([tmpdir(), '/tmp', ...(runtime === undefined ? [] : [runtime])])];
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
