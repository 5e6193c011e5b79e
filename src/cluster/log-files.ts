import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../base/errors.js';
import { type ClusterLocation, logDir } from '../wire/cluster-files.js';
import { namesIn } from './cluster-record.js';
import { supervisorLog } from './logs.js';

/** A log of a cluster, whether it runs or not. */
export interface ClusterLog {
  readonly source: 'controller' | 'engine';
  /** Absent for the controller's, and for an engine that never was ready while another one has its id. */
  readonly engineId?: number;
  readonly file: string;
}

/** What a supervisor logs when an engine that it started is ready, so that its log is found by its id. */
export const engineReadyMessage = 'engine ready';

/** The logs that a cluster has left so far: the controller's first, then the engines' by id. */
export async function logsOf(location: ClusterLocation): Promise<ClusterLog[]> {
  const folder = logDir(location);
  const own = (await namesIn(folder))
    .map(parseName)
    .filter((log) => log?.clusterId === location.clusterId);
  const ids = await engineIds(supervisorLog(location));
  const found = own.flatMap((log) => {
    if (log?.key === undefined) return [];
    const file = join(folder, log.name);
    return { file, key: log.key, engineId: ids.get(file) ?? askedId(log.key, ids) };
  });
  found.sort((a, b) => (a.engineId ?? Infinity) - (b.engineId ?? Infinity) || a.key - b.key);
  const hasOwn = own.some((log) => log?.key === undefined);
  return [
    ...(hasOwn ? [{ source: 'controller', file: supervisorLog(location) } as const] : []),
    ...found.map(({ file, engineId }) => ({
      source: 'engine' as const,
      ...(engineId !== undefined && { engineId }),
      file,
    })),
  ];
}

/** An engine that never was ready is known by the id that it asked for, unless another one got it. */
function askedId(key: number, ids: ReadonlyMap<string, number>): number | undefined {
  return [...ids.values()].includes(key) ? undefined : key;
}

/** Removes what a cluster that does not run has logged. @returns the files. */
export async function removeLogs(location: ClusterLocation): Promise<string[]> {
  const files = (await logsOf(location)).map(({ file }) => file);
  await Promise.all(files.map((file) => rm(file, { force: true })));
  return files;
}

/** Ids of the clusters that have left logs in `profileDir`. */
export async function loggedIds(profileDir: string): Promise<string[]> {
  const names = await namesIn(logDir({ profileDir }));
  return [...new Set(names.flatMap((name) => parseName(name)?.clusterId ?? []))].sort();
}

interface LogName {
  readonly name: string;
  readonly clusterId: string;
  /** Absent for the controller's. */
  readonly key?: number;
}

/** The counterpart of `supervisorLog` and `engineLog`. */
function parseName(name: string): LogName | undefined {
  const [, clusterId = '', key] = /^pxlab(?:-(.+?))??(?:-engine-(\d+))?\.log$/.exec(name) ?? [];
  if (!/^pxlab(-.*)?\.log$/.test(name)) return undefined;
  return { name, clusterId, ...(key === undefined ? {} : { key: Number(key) }) };
}

async function engineIds(file: string): Promise<ReadonlyMap<string, number>> {
  const lines = (await readIfThere(file)).split('\n');
  return new Map(lines.filter((line) => line.includes(engineReadyMessage)).flatMap(readyEngine));
}

function readyEngine(line: string): [file: string, engineId: number][] {
  try {
    const { message, logFile, engineId } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    const isOne = message === engineReadyMessage && typeof engineId === 'number';
    return isOne && typeof logFile === 'string' ? [[logFile, engineId]] : [];
  } catch {
    return []; // it is being written, or a disk was full
  }
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  }
}
