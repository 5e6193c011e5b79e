// In one file, though long: the life of a cluster from start to sweep, with the one set of checks
// for what is left behind.

import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Cluster, type ClusterOptions } from 'pxlab';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import { messageOf } from '../../../lib/base/errors.js';
import { Child } from '../../../lib/process/child.js';
import { mountFullDisk, run } from '../../support/full-disk.js';
import { markedProcesses, takeSnapshot } from '../../support/leftovers.js';
import { startScript } from '../../support/run-process.js';
import { openSandbox, type Sandbox } from '../../support/sandbox.js';
import { expectTold } from '../../support/told.js';

async function startCluster(sandbox: Sandbox, options: ClusterOptions = {}): Promise<Cluster> {
  const { profileDir, env } = sandbox;
  const cluster = await Cluster.start({ n: 1, profileDir, env, ...options });
  onTestFinished(() => cluster.stop());
  return cluster;
}

/** What the user is told when a cluster cannot start in `profileDir`. */
async function startFailure(sandbox: Sandbox, profileDir: string): Promise<string> {
  return startCluster(sandbox, { profileDir }).then(
    () => 'it started',
    (error: unknown) => messageOf(error),
  );
}

test('a cluster starts, runs code on every engine, and leaves nothing when it stops', async () => {
  const sandbox = await openSandbox();
  const cluster = await startCluster(sandbox, { n: 3 });

  const client = await cluster.connect();
  const ranks = await client.direct('all').execute('px.rank');
  await client.close();
  await cluster.stop();

  expect(ranks).toEqual([0, 1, 2]);
  await sandbox.expectNothingLeft();
});

test('a cluster of a script opens no TCP port, a shared one does', async () => {
  const sandbox = await openSandbox();
  const portsNow = async (): Promise<string[]> => {
    const { things } = await takeSnapshot({ mark: sandbox.mark, folders: [] });
    return [...things].filter((thing) => thing.startsWith('port '));
  };

  const own = await startCluster(sandbox);
  const portsOfOwn = await portsNow();
  await own.stop();
  const shared = await startCluster(sandbox, { owner: null, tcp: true });
  const portsOfShared = await portsNow();
  await shared.stop();

  expect(portsOfOwn).toEqual([]);
  expect(portsOfShared).toHaveLength(14);
  await sandbox.expectNothingLeft();
});

test('connection files and socket folder are for this user alone', async () => {
  const sandbox = await openSandbox();
  const { clusterId, profileDir } = await startCluster(sandbox);
  const security = join(profileDir, 'security');
  const record = JSON.parse(await readFile(join(security, `pxlab-${clusterId}.json`), 'utf8')) as {
    runtimeFolder: string;
  };

  const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

  for (const kind of ['client', 'engine']) {
    expect(await modeOf(join(security, `ipcontroller-${clusterId}-${kind}.json`))).toBe(0o600);
  }
  expect(await modeOf(security)).toBe(0o700);
  expect(await modeOf(record.runtimeFolder)).toBe(0o700);
});

test('engines start in the folder and with the environment that they are given', async () => {
  const sandbox = await openSandbox();
  const cluster = await startCluster(sandbox, {
    cwd: sandbox.folder,
    env: { ...sandbox.env, GREETING: 'hello' },
  });
  await using client = await cluster.connect();

  const answer = await client.direct(0).execute('[process.cwd(), process.env.GREETING]');

  expect(answer).toEqual([sandbox.folder, 'hello']);
});

test('engines are added, and the cluster tells what it has', async () => {
  const sandbox = await openSandbox();
  const cluster = await startCluster(sandbox);

  await cluster.startEngines(2);

  const { engines, deaths } = await cluster.status();
  expect(engines.map(({ id }) => id)).toEqual([0, 1, 2]);
  expect(deaths).toEqual([]);
  expect(await Cluster.list(sandbox.profileDir)).toMatchObject([
    { clusterId: cluster.clusterId, state: 'running', engineCount: 3, owner: { kind: 'script' } },
  ]);
});

test('a killed engine is known with its signal within a second, the others go on', async () => {
  const sandbox = await openSandbox();
  const cluster = await startCluster(sandbox, { n: 2 });
  await using client = await cluster.connect();
  const [doomed] = await client.direct('all').execute<number>('process.pid');

  process.kill(doomed ?? 0, 'SIGKILL');

  const isKnown = async (): Promise<boolean> => (await cluster.status()).deaths.length > 0;
  await expect(until(isKnown, { timeoutMs: 1000 })).resolves.toBe(true);
  const { deaths, engines } = await cluster.status();
  expect(deaths).toMatchObject([{ pid: doomed, death: { how: 'killed', signal: 'SIGKILL' } }]);
  expect(engines).toHaveLength(1);
  await expect(client.direct('all').execute('1 + 1')).resolves.toEqual([2]);
});

test('an engine that exits by itself is known with its exit code', async () => {
  const sandbox = await openSandbox();
  const cluster = await startCluster(sandbox, { n: 2 });
  await using client = await cluster.connect();

  client.direct(0).execute('process.exit(3)');

  const hasEnded = async (): Promise<boolean> =>
    (await cluster.status()).deaths[0]?.death.how === 'exited';
  await expect(until(hasEnded, { timeoutMs: 5000 })).resolves.toBe(true);
  expect((await cluster.status()).deaths).toMatchObject([{ id: 0, death: { exitCode: 3 } }]);
});

test('when the supervisor is killed, its owner sees it and nothing is left', async () => {
  const sandbox = await openSandbox();
  const cluster = await startCluster(sandbox, { n: 2 });
  const { supervisorPid } = await cluster.status();

  process.kill(supervisorPid, 'SIGKILL');
  await cluster.ended;

  await sandbox.expectNothingLeft();
});

test('what a killed supervisor without an owner leaves is gone after the next start', async () => {
  const sandbox = await openSandbox();
  const dead = await startCluster(sandbox, { n: 2, owner: null, clusterId: 'dead' });
  process.kill((await dead.status()).supervisorPid, 'SIGKILL');
  await until(async () => (await Cluster.list(sandbox.profileDir))[0]?.state === 'dead', {
    timeoutMs: 2000,
  });

  await expect(
    Cluster.find({ clusterId: 'dead', profileDir: sandbox.profileDir }),
  ).rejects.toMatchObject({
    code: 'CLUSTER_NOT_RUNNING',
  });
  const next = await startCluster(sandbox, { clusterId: 'next' });

  expect(await Cluster.list(sandbox.profileDir)).toMatchObject([{ clusterId: 'next' }]);
  await next.stop();
  await sandbox.expectNothingLeft();
});

test('the id of a killed cluster can be used again at once, that of a running one not', async () => {
  const sandbox = await openSandbox();
  const first = await startCluster(sandbox, { clusterId: 'one', owner: null });
  await expect(startCluster(sandbox, { clusterId: 'one' })).rejects.toMatchObject({
    code: 'ALREADY_STARTED',
  });
  process.kill((await first.status()).supervisorPid, 'SIGKILL');
  await until(async () => (await Cluster.list(sandbox.profileDir))[0]?.state === 'dead', {
    timeoutMs: 2000,
  });

  const second = await startCluster(sandbox, { clusterId: 'one' });

  expect((await second.status()).engines).toHaveLength(1);
  await second.stop();
  await sandbox.expectNothingLeft();
});

test('when the script that owns a cluster is killed, nothing is left', async () => {
  const sandbox = await openSandbox();
  const script = await startScript(
    sandbox,
    `import { Cluster } from 'pxlab';
     await Cluster.start({ n: 2 });
     console.log('ready');
     setInterval(() => undefined, 1000);`,
  );
  await script.says(/ready/);
  expect(await markedProcesses(sandbox.mark)).toHaveLength(4);

  script.child.signal('SIGKILL');
  await script.child.exited;

  await sandbox.expectNothingLeft();
});

test('when the script is killed while its cluster starts, nothing is left', async () => {
  const sandbox = await openSandbox();
  const script = await startScript(
    sandbox,
    `import { Cluster } from 'pxlab';
     await Cluster.start({ n: 4 });`,
  );
  const hasBegun = async (): Promise<boolean> => (await markedProcesses(sandbox.mark)).length > 1;
  await expect(until(hasBegun, { timeoutMs: 10_000, periodMs: 5 })).resolves.toBe(true);

  script.child.signal('SIGKILL');
  await script.child.exited;

  await sandbox.expectNothingLeft();
});

test('when the supervisor is killed, what cells left in the background is ended too', async () => {
  const sandbox = await openSandbox();
  const cluster = await startCluster(sandbox);
  const client = await cluster.connect();
  await client.direct(0).execute(
    `const { spawn } = await import('node:child_process');
     spawn('sleep', ['1000'], { stdio: 'ignore' }).pid;`,
  );
  await client.close();

  process.kill((await cluster.status()).supervisorPid, 'SIGKILL');
  await cluster.ended;

  await sandbox.expectNothingLeft();
});

test('a supervisor that hangs is ended all the same', async () => {
  const sandbox = await openSandbox();
  const cluster = await startCluster(sandbox);
  process.kill((await cluster.status()).supervisorPid, 'SIGSTOP');

  await cluster.stop();

  await sandbox.expectNothingLeft();
});

test('an engine is stopped and one is restarted on demand, and neither counts as a death', async () => {
  const sandbox = await openSandbox();
  const cluster = await startCluster(sandbox, { n: 3 });
  await using client = await cluster.connect();

  await client.clusterRequest({ action: 'stop-engine', engineId: 0 });
  await client.clusterRequest({ action: 'restart-engine', engineId: 1 });

  const { engines, deaths } = await cluster.status();
  expect(engines.map(({ id }) => id)).toEqual([2, 3]);
  expect(deaths).toEqual([]);
  await expect(client.clusterRequest({ action: 'stop-engine', engineId: 9 })).rejects.toThrow(
    'There is no engine 9.',
  );
  await expect(client.clusterRequest({ action: 'fly' })).rejects.toThrow('"fly"');
});

test('a script that forgets to stop its cluster ends, and its cluster with it', async () => {
  const sandbox = await openSandbox();
  const script = await startScript(
    sandbox,
    `import { Cluster } from 'pxlab';
     const cluster = await Cluster.start({ n: 1 });
     const client = await cluster.connect();
     console.log(await client.direct(0).execute('6 * 7'));
     await client.close();`,
  );

  await expect(script.child.exited).resolves.toEqual({ code: 0, signal: null });

  expect(await script.text()).toBe('42\n');
  await sandbox.expectNothingLeft();
});

test('two clusters at once are strangers', async () => {
  const sandbox = await openSandbox();
  const [one, two] = await Promise.all([startCluster(sandbox), startCluster(sandbox)]);
  await using clientOfOne = await one.connect();
  await using clientOfTwo = await two.connect();

  await clientOfOne.direct('all').execute('const mine = 1;');
  await one.stop();

  await expect(clientOfTwo.direct('all').execute('typeof mine')).resolves.toEqual(['undefined']);
  await two.stop();
  await sandbox.expectNothingLeft();
});

test('a home folder with a path of 150 characters is no obstacle', async () => {
  const sandbox = await openSandbox();
  const profileDir = join(sandbox.folder, 'h'.repeat(150 - sandbox.folder.length), 'profile');
  const long = join(sandbox.folder, 't'.repeat(150));
  await mkdir(long);
  const cluster = await startCluster(sandbox, {
    profileDir,
    env: { ...sandbox.env, TMPDIR: long, XDG_RUNTIME_DIR: long },
  });

  await using client = await cluster.connect();

  await expect(client.direct(0).execute('40 + 2')).resolves.toBe(42);
});

test('a folder that cannot be written is one sentence, and nothing is left', async () => {
  const sandbox = await openSandbox();
  const file = join(sandbox.folder, 'file');
  await writeFile(file, '');

  await expect(startCluster(sandbox, { profileDir: join(file, 'profile') })).rejects.toMatchObject({
    code: 'START_FAILED',
    message: expect.stringContaining(file) as unknown,
  });

  await sandbox.expectNothingLeft();
});

test.for([
  [0, 'pxlab-'],
  [1, 'ipcontroller-.*-engine.json'],
  [2, 'ipcontroller-.*-client.json'],
] as const)(
  'a disk with %i free blocks is one sentence, and nothing is left',
  async (row, context) => {
    const [free, file] = row;
    const sandbox = await openSandbox();
    const disk = await mountFullDisk(join(sandbox.folder, 'disk'), free);
    if (disk === undefined) return context.skip('a full disk can be made by root alone');
    const told = await startFailure(sandbox, disk);
    expect(told).toMatch(new RegExp(`^Could not write .*/${file}`));
    expectTold('The disk is full', told);
    expect(await readdir(join(disk, 'security'))).toEqual([]);
    await sandbox.expectNothingLeft();
  },
);

test('a profile that may only be read is one sentence, and nothing is left', async ({ skip }) => {
  const sandbox = await openSandbox();
  const disk = await mountFullDisk(join(sandbox.folder, 'disk'), 10);
  if (disk === undefined || !(await run('mount', '-o', 'remount,ro', disk))) {
    return skip('a disk can be mounted by root alone');
  }

  expectTold('The disk is full', await startFailure(sandbox, disk));

  await sandbox.expectNothingLeft();
});

test('an engine that fails while it starts ends the start at once, with what it said', async () => {
  const sandbox = await openSandbox();
  const poison = join(sandbox.folder, 'poison.mjs');
  await writeFile(
    poison,
    `import { isMainThread } from 'node:worker_threads';
     const isEngine = isMainThread && process.argv[1]?.endsWith('engine/main.js');
     const refuse = (event) => { if (event === 'SIGTERM') throw new Error('no more signals'); };
     if (isEngine) process.on = refuse;`,
  );
  const env = { ...sandbox.env, NODE_OPTIONS: `--import=file://${poison}` };

  await expect(startCluster(sandbox, { env })).rejects.toMatchObject({
    code: 'START_FAILED',
    message: expect.stringMatching(
      /^An engine ended with exit code 1 .*\.log ends with: Error: no more signals$/,
    ) as unknown,
  });

  await sandbox.expectNothingLeft();
});

test('an engine that is killed while it makes its pipes leaves nothing', async () => {
  const sandbox = await openSandbox();
  const bin = join(sandbox.folder, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'mkfifo'), '#!/bin/sh\necho $PPID > $HOME/pid; sleep 60\n', {
    mode: 0o755,
  });
  const env = { ...sandbox.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` };
  const starting = startCluster(sandbox, { env });
  const isRefused = expect(starting).rejects.toMatchObject({
    message: expect.stringContaining('by signal SIGKILL before it was ready') as unknown,
  });
  const pidOf = async (): Promise<number> =>
    Number(await readFile(join(sandbox.folder, 'home', 'pid'), 'utf8').catch(() => '0'));
  expect(await until(async () => (await pidOf()) > 0, { timeoutMs: 10_000 })).toBe(true);

  process.kill(await pidOf(), 'SIGKILL');

  await isRefused;
  await sandbox.expectNothingLeft();
});

test('a start that is given up leaves nothing', async () => {
  const sandbox = await openSandbox();
  const abort = new AbortController();
  const starting = startCluster(sandbox, { n: 4, signal: abort.signal });
  await until(async () => (await markedProcesses(sandbox.mark)).length > 0, { timeoutMs: 5000 });

  abort.abort(new Error('changed my mind'));

  await expect(starting).rejects.toThrow('changed my mind');
  await sandbox.expectNothingLeft();
});

test('a start that takes too long says so and leaves nothing', async () => {
  const sandbox = await openSandbox();

  await expect(startCluster(sandbox, { n: 2, timeoutMs: 50 })).rejects.toMatchObject({
    code: 'TIMEOUT',
  });

  await sandbox.expectNothingLeft();
});

test('damaged files of a dead cluster are said to be, and swept', async () => {
  const sandbox = await openSandbox();
  const dead = await startCluster(sandbox, { clusterId: 'dead', owner: null });
  const security = join(sandbox.profileDir, 'security');
  process.kill((await dead.status()).supervisorPid, 'SIGKILL');
  await writeFile(join(security, 'ipcontroller-dead-client.json'), '{"key": 12');
  await expect(
    Client.connect({ clusterId: 'dead', profileDir: sandbox.profileDir }),
  ).rejects.toMatchObject({ code: 'CONNECTION_FILE' });
  await writeFile(join(security, 'pxlab-dead.json'), 'nonsense');
  expect(await Cluster.list(sandbox.profileDir)).toMatchObject([{ state: 'damaged' }]);

  const next = await startCluster(sandbox, { clusterId: 'next' });
  await next.stop();

  expect(await Cluster.list(sandbox.profileDir)).toEqual([]);
});

test.runIf(process.getuid?.() === 0)(
  'another user of the machine can neither read the files nor reach the sockets',
  async () => {
    const sandbox = await openSandbox();
    const cluster = await startCluster(sandbox, { tcp: true, owner: null });
    const record = JSON.parse(
      await readFile(
        join(sandbox.profileDir, 'security', `pxlab-${cluster.clusterId}.json`),
        'utf8',
      ),
    ) as { leasePath: string; runtimeFolder: string };
    const attempt = `
      const { connect } = require('node:net');
      const { readFileSync, readdirSync } = require('node:fs');
      const tell = (what) => (outcome) => console.log(what, outcome?.code ?? 'worked');
      const attempt = (what, act) => { try { act(); tell(what)(); } catch (error) { tell(what)(error); } };
      attempt('read', () => readFileSync('${join(sandbox.profileDir, 'security', `ipcontroller-${cluster.clusterId}-client.json`)}'));
      attempt('list', () => readdirSync('${record.runtimeFolder}'));
      connect('${record.leasePath}').on('connect', tell('lease')).on('error', tell('lease'));
      connect('${record.runtimeFolder}/s:1').on('connect', tell('hub')).on('error', tell('hub'));
      setTimeout(() => process.exit(), 500);`;

    const stranger = await Child.spawn({
      command: process.execPath,
      args: ['-e', attempt],
      cwd: '/',
      env: { PATH: process.env['PATH'] },
      output: 'capture',
      uid: 65534,
    });

    expect((await stranger.captured).trim().split('\n').sort()).toEqual([
      'hub EACCES',
      'lease EACCES',
      'list EACCES',
      'read EACCES',
    ]);
  },
);
