import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ClusterLocation, logDir } from '../wire/cluster-files.js';

/** Where a supervisor writes what happens, one line of JSON an event. */
export function supervisorLog(location: ClusterLocation): string {
  return `${prefixOf(location)}.log`;
}

/** Where an engine writes what no client sees, such as the last words of a crash. */
export function engineLog(location: ClusterLocation, key: string): string {
  return `${prefixOf(location)}-engine-${key}.log`;
}

/** The last line of a log that says something. */
export async function lastWords(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.trim().split('\n').at(-1) ?? '';
}

function prefixOf({ profileDir, clusterId }: ClusterLocation): string {
  return join(logDir({ profileDir }), clusterId === '' ? 'pxlab' : `pxlab-${clusterId}`);
}
