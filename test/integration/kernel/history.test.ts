import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { mountFullDisk } from '../../support/full-disk.js';
import { type StartedKernel, startKernel } from '../../support/jupyter-client.js';

async function openFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pxlab-history-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function kernelWith(dataFolder: string): Promise<StartedKernel> {
  return startKernel({ env: { PXLAB_HISTORY: 'on', XDG_DATA_HOME: dataFolder } });
}

async function tailOf({ client }: StartedKernel): Promise<unknown> {
  const { reply } = await client.request('history_request', { hist_access_type: 'tail', n: 50 });
  return reply['history'];
}

/** Everything that is kept in a folder. */
async function keptIn(dataFolder: string): Promise<string> {
  const folder = join(dataFolder, 'pxlab', 'history');
  const names = await readdir(folder).catch((): string[] => []);
  return (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('');
}

test('cells of earlier kernels are found, of one that was killed too; passwords are not kept', async () => {
  const dataFolder = await openFolder();
  await using first = await kernelWith(dataFolder);
  first.client.onInput(() => 'swordfish');
  await first.client.execute("const secret = await input('password: ', { password: true })");
  await first.client.execute('6 * 7', { silent: true });
  await first.client.execute('1 + 1', { store_history: false });
  first.process.kill('SIGKILL');
  await once(first.process, 'exit');

  await using second = await kernelWith(dataFolder);
  await using third = await kernelWith(dataFolder);
  await Promise.all([second.client.execute('%help sh'), third.client.execute('%help px')]);

  const password = "const secret = await input('password: ', { password: true })";
  await tailOf(third); // a kernel that is asked has kept its cells
  expect(await tailOf(second)).toEqual([
    [1, 1, password],
    [expect.any(Number), 1, '%help px'],
    [expect.any(Number), 1, '%help sh'],
  ]);
  expect(await keptIn(dataFolder)).not.toContain('swordfish');
});

test('a full disk is told of once, and the history goes on in memory', async (context) => {
  const disk = await mountFullDisk(join(await openFolder(), 'disk'), 0);
  if (disk === undefined) return context.skip();
  await using kernel = await kernelWith(disk);

  const first = kernel.client.execute('%help px');
  await first.printed('The history of cells cannot be kept in');
  const told = await first;
  const later = await kernel.client.execute('%help sh');

  expect(told.stderr).toContain('ENOSPC');
  expect(later.stderr).toBe('');
  expect(await tailOf(kernel)).toEqual([
    [expect.any(Number), 1, '%help px'],
    [expect.any(Number), 2, '%help sh'],
  ]);
});
