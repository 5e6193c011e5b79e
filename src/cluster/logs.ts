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

/** As many lines of a log as an error shows. */
const lastLimit = 5;

/** ` Its log … ends with: …`: the last lines of a log that say something, without stacks. */
export async function lastWords(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const lines = text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => !/^(\s+at .*|\s*\^*|Node\.js v[\d.]+)$/.test(line))
    .slice(-lastLimit);
  if (lines.length === 0) return ` Its log ${path} is empty.`;
  if (lines.length === 1) return ` Its log ${path} ends with: ${lines.join('')}`;
  return ` Its log ${path} ends with:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

function prefixOf({ profileDir, clusterId }: ClusterLocation): string {
  return join(logDir({ profileDir }), clusterId === '' ? 'pxlab' : `pxlab-${clusterId}`);
}
