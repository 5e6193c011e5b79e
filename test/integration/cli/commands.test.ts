// In one file, though long: the commands on one cluster, which takes its time to start.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pxlab';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import { runCli, type Said, sh, startPxcluster } from '../../support/run-process.js';
import { openSandbox } from '../../support/sandbox.js';

interface Engine {
  readonly id: number;
  readonly pid: number;
  readonly state: string;
}

const sandbox = await openSandbox(afterAll);
const { profileDir } = sandbox;
let started: Said;

beforeAll(async () => {
  started = await runCli(sandbox, 'start', '--detach', '-n', '2', '--json');
});
afterAll(async () => {
  await runCli(sandbox, 'stop', '--all');
});

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await runCli(sandbox, ...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as T;
}

async function engines(): Promise<readonly Engine[]> {
  return (await json<{ engines: Engine[] }>('engines')).engines;
}

async function connect(): Promise<Client> {
  const client = await Client.connect({ profileDir });
  onTestFinished(() => client.close());
  return client;
}

const text = (pattern: RegExp): unknown => expect.stringMatching(pattern);
const some = (type: unknown): unknown => expect.any(type);

test('start --json tells what was started, in one document', () => {
  expect(started).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(started.stdout)).toEqual({
    clusterId: '',
    profileDir,
    engineCount: 2,
    supervisorPid: some(Number),
    connectionFile: `${profileDir}/security/ipcontroller-client.json`,
  });
});

test('status and list have every field, whether known or not', async () => {
  const shape = {
    id: 0,
    uuid: some(String),
    pid: some(Number),
    host: some(String),
    state: 'idle',
    running: null,
    runningSince: null,
    queued: 0,
    done: 0,
    logFile: `${profileDir}/log/pxlab-engine-0.log`,
  };

  expect(await json('status')).toEqual({
    clusterId: '',
    profileDir,
    supervisorPid: some(Number),
    startedAt: text(/^\d{4}-.*Z$/),
    owner: null,
    engines: [shape, { ...shape, id: 1, logFile: `${profileDir}/log/pxlab-engine-1.log` }],
    deaths: [],
  });
  expect(await json('list')).toEqual([
    {
      clusterId: '',
      profileDir,
      kind: 'pxlab',
      state: 'running',
      owner: null,
      pid: some(Number),
      host: some(String),
      isReachable: null,
      engineCount: 2,
      startedAt: some(String),
    },
  ]);
});

test('status tells what an engine runs, what waits for it, and what it has done', async () => {
  const client = await connect();
  await client.direct(1).execute('0');
  const running = client.direct(1).execute('await new Promise(() => undefined);\n1');
  const waiting = client.direct(1).execute('2');
  const isBusy = async () => (await engines())[1]?.state === 'busy';
  expect(await until(isBusy, { timeoutMs: 10_000 })).toBe(true);

  const { stdout } = await runCli(sandbox, 'status');
  const list = await json<{ engines: Engine[] }>('status');

  expect(stdout).toMatch(/^ENGINE +PID +HOST +STATE +QUEUED +DONE +RUNNING$/m);
  expect(stdout).toMatch(/^ +0 +\d+ +\S+ +idle +0 +0$/m);
  expect(stdout).toMatch(/^ +1 +\d+ +\S+ +busy +1 +1 +await new Promise\(.*, \d+ s$/m);
  expect(list.engines[1]).toMatchObject({
    state: 'busy',
    running: 'await new Promise(() => undefined);',
    runningSince: some(String),
    queued: 1,
  });
  void running.cancel();
  await expect(running).rejects.toThrow();
  await expect(waiting).resolves.toBe(2);
});

test('engines lists what there is, and with -n starts more', async () => {
  const listed = await runCli(sandbox, 'engines');
  const more = await runCli(sandbox, 'engines', '-n', '1');
  const evenMore = await json('engines', '-n', '1');

  expect(listed.stdout.split('\n')).toHaveLength(4);
  expect(more).toEqual({
    code: 0,
    stdout: 'Started 1 engine: 2. Cluster has 3 engines.\n',
    stderr: '',
  });
  expect(evenMore).toMatchObject({ clusterId: '', started: [3], engines: { length: 4 } });
});

test('restart ends the engines that are named, or all, and says what came in their place', async () => {
  const client = await connect();
  await client.direct(0).execute('const kept = 1;');
  const running = client.direct(1).execute('for (;;);');

  const some = await runCli(sandbox, 'restart', '1', '2');

  expect(some).toMatchObject({
    code: 0,
    stdout: 'Restarted 2 engines: 1, 2. They are engines 4, 5 now, without variables.\n',
  });
  await expect(running).rejects.toMatchObject({ code: 'ENGINE_LOST' });
  await expect(client.direct(0).execute('kept')).resolves.toBe(1);

  expect(await json('restart')).toMatchObject({
    restarted: [0, 3, 4, 5],
    started: [6, 7, 8, 9],
    engines: [{ id: 6 }, { id: 7 }, { id: 8 }, { id: 9 }],
  });
  expect(await runCli(sandbox, 'restart', '0')).toEqual({
    code: 1,
    stdout: '',
    stderr: text(/^pxcluster: There is no engine 0; there are 6, 7, 8, 9\. [^\n]*\n$/),
  });
});

test('a killed engine is told of with its signal, and its log is there still', async () => {
  const [doomed] = await engines();
  const id = doomed?.id ?? -1;
  process.kill(doomed?.pid ?? 0, 'SIGKILL');
  const isGone = async () => (await engines())[0]?.id !== id;
  expect(await until(isGone, { timeoutMs: 5000 })).toBe(true);

  const { stdout } = await runCli(sandbox, 'status');
  const { deaths } = await json<{ deaths: unknown[] }>('status');
  const log = await json('logs', String(id));

  expect(stdout).toMatch(
    new RegExp(
      `^Engine ${id} \\(pid ${doomed?.pid ?? 0} on .*\\) was killed by SIGKILL at .*; see \`pxcluster logs ${id}\`$`,
      'm',
    ),
  );
  const logFile = `${profileDir}/log/pxlab-engine-${id}.log`;
  expect(deaths.at(-1)).toEqual({
    id,
    pid: doomed?.pid,
    host: some(String),
    at: some(String),
    how: 'killed',
    exitCode: null,
    signal: 'SIGKILL',
    logFile,
  });
  expect(log).toEqual([{ source: 'engine', engineId: id, file: logFile, lines: [] }]);
});

test('the logs of all are marked, those of one are not, and an empty one says where output goes', async () => {
  const [doomed] = await engines();
  const id = doomed?.id ?? -1;
  process.kill(doomed?.pid ?? 0, 'SIGUSR2'); // an engine that dies of a signal leaves no words; the controller has some
  const isTold = async () =>
    /engine ended uuid=\S+ how=killed signal=SIGUSR2/.test((await runCli(sandbox, 'logs')).stdout);

  expect(await until(isTold, { timeoutMs: 5000 })).toBe(true);
  const all = await runCli(sandbox, 'logs', '-n', '3');
  const one = await runCli(sandbox, 'logs', String(id));

  expect(all.stdout.split('\n').slice(0, -1)).toEqual(
    Array(3).fill(text(/^\[controller\] \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ info {2}/)),
  );
  expect(one).toEqual({ code: 0, stdout: '', stderr: text(/^Empty: .*\.log\. What cells print/) });
  expect(await runCli(sandbox, 'logs', '99')).toMatchObject({
    code: 1,
    stderr: text(/^pxcluster: There is no log of an engine 99; there are those of 0, /),
  });
});

test('an engine that could not start is told of with what it said, and its log is found', async () => {
  const own = await openSandbox();
  const poison = join(own.folder, 'poison.mjs');
  await writeFile(
    poison,
    "if (process.argv[1]?.endsWith('engine/main.js')) throw new Error('no more memory');",
  );
  await sh(own, `NODE_OPTIONS=--import=file://${poison} px start --detach -n 0`);

  const { code, stderr } = await runCli(own, 'engines', '-n', '1');
  const { stdout } = await runCli(own, 'logs', '0');

  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^pxcluster: An engine ended with exit code 1 before it was ready\. Its log \S*engine-0\.log ends with:\n(  .*\n)*  Error: no more memory\n$/,
  );
  expect(stdout).toContain('Error: no more memory');
  await runCli(own, 'stop');
  await own.expectNothingLeft();
});

test('logs -f goes on with engines that come later, and ends with Ctrl-C', async () => {
  const following = await startPxcluster(sandbox, 'logs', '-f', '-n', '0');
  await until(async () => (await following.text()) !== '', { timeoutMs: 500 });

  const { started: ids } = await json<{ started: number[] }>('engines', '-n', '1');
  await following.says(
    new RegExp(`^\\[controller\\] .* engine ready engineId=${ids[0] ?? ''} `, 'm'),
  );
  following.child.signal('SIGINT');

  expect(await following.child.exited).toEqual({ code: 0, signal: null });
});

test('a reader that goes early is no fault', async () => {
  const cases = ['px logs -n all', 'px status', 'px list --json', 'px start --help'];
  for (const command of cases) {
    const { code, stdout, stderr } = await sh(sandbox, `set -o pipefail; ${command} | head -1`);
    expect({ command, code, stderr }).toEqual({ command, code: 0, stderr: '' });
    expect(stdout).toMatch(/^[^\n]+\n$/);
  }
});

test('a follower whose reader has gone ends with the next line', async () => {
  const following = sh(sandbox, 'set -o pipefail; px logs -f -n 1 | head -1');
  let isOver = false;
  void following.then(() => (isOver = true));

  const hasEnded = async (): Promise<boolean> => {
    await runCli(sandbox, 'engines', '-n', '1');
    return isOver;
  };

  expect(await until(hasEnded, { timeoutMs: 20_000 })).toBe(true);
  expect(await following).toEqual({ code: 0, stdout: text(/^[^\n]+\n$/), stderr: '' });
});

test('a start of the same id touches nothing of the cluster that runs', async () => {
  const before = await runCli(sandbox, 'logs', '-n', '1');

  const again = await runCli(sandbox, 'start', '-n', '1');

  expect(again).toEqual({
    code: 10,
    stdout: '',
    stderr: text(
      /^pxcluster: A cluster runs already\. Stop it with `pxcluster stop`, or [^\n]*\n$/,
    ),
  });
  expect(await runCli(sandbox, 'logs', '-n', '1')).toEqual(before);
});

test('stop takes the ids of clusters, and without any the one without an id', async () => {
  for (const id of ['one', 'two']) {
    await runCli(sandbox, 'start', '--detach', '-n', '0', '--cluster-id', id);
  }

  expect(await runCli(sandbox, 'stop', 'one', 'three')).toMatchObject({
    code: 11,
    stderr: text(/^pxcluster: No cluster 'three' runs in /),
  });
  expect(await json('stop', 'one', 'two')).toEqual({
    stopped: [
      { clusterId: 'one', profileDir },
      { clusterId: 'two', profileDir },
    ],
  });
  expect(await runCli(sandbox, 'stop')).toEqual({
    code: 0,
    stdout: 'Stopped 1 cluster.\n',
    stderr: '',
  });
  expect(await runCli(sandbox, 'stop', '--all')).toMatchObject({
    code: 0,
    stdout: 'No cluster runs.\n',
  });
  // Of a cluster that was stopped, the logs are there until they are cleaned away.
  expect((await runCli(sandbox, 'logs', '-n', '1')).stdout).toMatch(/^\[controller\] /);
  expect(await json('clean')).toMatchObject({
    clusters: [],
    kept: [],
    files: expect.any(Array) as unknown,
  });
  expect(await runCli(sandbox, 'logs')).toMatchObject({ code: 12 });
});
