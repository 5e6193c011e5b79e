import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Cluster } from 'pxlab';
import { expect, test } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import { resolveCluster } from '../../../lib/cluster/resolve-cluster.js';
import { pxcluster } from '../../support/run-process.js';
import { openSandbox, type Sandbox } from '../../support/sandbox.js';

interface Identity {
  readonly pid: number;
  readonly host: string;
  readonly pidNamespace?: string;
}

/** A cluster that was killed, whose record says that it ran under another identity. */
async function leaveDeadCluster(sandbox: Sandbox, change: Partial<Identity>): Promise<void> {
  await pxcluster(sandbox, 'start', '--detach', '-n', '1');
  const path = join(sandbox.profileDir, 'security', 'pxlab-.json');
  const record = JSON.parse(await readFile(path, 'utf8')) as {
    supervisor: Identity;
    engines: { process: Identity }[];
  };
  process.kill(record.supervisor.pid, 'SIGKILL');
  const isDead = async () => (await Cluster.list(sandbox.profileDir))[0]?.state === 'dead';
  expect(await until(isDead, { timeoutMs: 5000 })).toBe(true);
  const supervisor = { ...record.supervisor, ...change };
  const engines = record.engines.map((engine) => ({
    ...engine,
    process: { ...engine.process, ...change },
  }));
  await writeFile(path, JSON.stringify({ ...record, supervisor, engines }));
}

test('what a container of another name left blocks no notebook, and every sentence names the remedy', async () => {
  const sandbox = await openSandbox();
  const { profileDir } = sandbox;
  await leaveDeadCluster(sandbox, { host: 'old-box', pidNamespace: 'pid:[1]' });
  const remedy = expect.stringContaining('`pxcluster clean --host old-box`') as unknown;

  expect((await pxcluster(sandbox, 'list')).text).toMatch(/^'' +on old-box, does not answer +1 /m);
  expect(await resolveCluster({ ownerId: 'kernel', profileDir })).toBeUndefined();
  await expect(Cluster.find({ profileDir })).rejects.toMatchObject({ message: remedy });
  for (const command of ['status', 'stop', 'engines', 'restart']) {
    const code = command === 'stop' ? 11 : 12;
    expect(await pxcluster(sandbox, command)).toMatchObject({ code, text: remedy });
  }
  expect(await pxcluster(sandbox, 'start', '-n', '1')).toMatchObject({ code: 10, text: remedy });

  expect(await pxcluster(sandbox, 'clean')).toMatchObject({
    code: 0,
    text: expect.stringMatching(/^Kept the files of .* add `--host old-box`\.$/m) as unknown,
  });
  expect(await pxcluster(sandbox, 'clean', '--host', 'new-box')).toMatchObject({
    code: 1,
    text: expect.stringContaining('There are some of old-box.') as unknown,
  });
  expect(await pxcluster(sandbox, 'clean', '--host', 'old-box')).toMatchObject({ code: 0 });

  await sandbox.expectNothingLeft();
  expect(await pxcluster(sandbox, 'start', '--detach', '-n', '1')).toMatchObject({ code: 0 });
  await pxcluster(sandbox, 'stop');
});

test.runIf(process.platform === 'linux')(
  'what died on this machine when it had another name is swept by the next start',
  async () => {
    const sandbox = await openSandbox();
    await leaveDeadCluster(sandbox, { host: 'my-old-name' });

    expect(await pxcluster(sandbox, 'start', '--detach', '-n', '1')).toMatchObject({ code: 0 });
    expect(await pxcluster(sandbox, 'stop')).toMatchObject({ code: 0 });

    await sandbox.expectNothingLeft();
  },
);

test('clean --force leaves alone what answers, though another host has recorded it', async () => {
  const sandbox = await openSandbox();
  await pxcluster(sandbox, 'start', '--detach', '-n', '1');
  const path = join(sandbox.profileDir, 'security', 'pxlab-.json');
  const text = await readFile(path, 'utf8');
  const record = JSON.parse(text) as { supervisor: Identity };
  const elsewhere = { ...record.supervisor, host: 'old-box', bootId: 'another' };
  await writeFile(path, JSON.stringify({ ...record, supervisor: elsewhere }));

  const { text: said } = await pxcluster(sandbox, 'clean', '--force');
  const status = await pxcluster(sandbox, 'status');

  expect(said).toMatch(/^Kept the files of .*: it runs on old-box/m);
  expect(status).toMatchObject({ code: 0 });
  await writeFile(path, text);
  await pxcluster(sandbox, 'stop');
  await sandbox.expectNothingLeft();
});

test('clean --force removes what no host answers for', async () => {
  const sandbox = await openSandbox();
  await leaveDeadCluster(sandbox, { host: 'old-box', pidNamespace: 'pid:[1]' });

  const cleaned = await pxcluster(sandbox, 'clean', '--force', '--json');

  expect(JSON.parse(cleaned.text)).toMatchObject({ clusters: [''], kept: [] });
  await sandbox.expectNothingLeft();
});
