import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { listClusters } from '../cluster/cluster-list.js';
import { namesIn } from '../cluster/cluster-record.js';
import { sweep } from '../cluster/sweep.js';
import { logDir } from '../wire/cluster-files.js';
import { print, printJson } from './output.js';
import { type ProfileOptions, profileDirOf } from './place.js';

export interface CleanOptions extends ProfileOptions {
  readonly json?: boolean;
}

/** Removes what dead clusters left, and the logs of clusters that do not run. */
export async function clean(options: CleanOptions): Promise<void> {
  const profileDir = profileDirOf(options);
  const removed = [...(await sweep(profileDir)), ...(await removeLogs(profileDir))];
  if (options.json === true) printJson(removed);
  else if (removed.length === 0) print('There was nothing to remove.');
  else print(`Removed:\n${removed.map((what) => `  ${what}`).join('\n')}`);
}

async function removeLogs(profileDir: string): Promise<string[]> {
  const folder = logDir({ profileDir });
  const running = (await listClusters(profileDir)).map(({ clusterId }) =>
    clusterId === '' ? 'pxlab' : `pxlab-${clusterId}`,
  );
  const isInUse = (name: string): boolean =>
    running.some((prefix) => name === `${prefix}.log` || name.startsWith(`${prefix}-engine-`));
  const old = (await namesIn(folder)).filter(
    (name) => /^pxlab(-.*)?\.log$/.test(name) && !isInUse(name),
  );
  await Promise.all(old.map((name) => rm(join(folder, name), { force: true })));
  return old.map((name) => join(folder, name));
}
