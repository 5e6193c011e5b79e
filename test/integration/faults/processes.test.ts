import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Cluster, type ClusterOptions } from 'pxlab';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import { mountFullDisk } from '../../support/full-disk.js';
import { markedProcesses } from '../../support/leftovers.js';
import { startScript } from '../../support/run-process.js';
import { openSandbox, type Sandbox } from '../../support/sandbox.js';
import { expectTold } from '../../support/told.js';

const soon = { timeoutMs: 30_000 };

async function startCluster(sandbox: Sandbox, options: ClusterOptions = {}): Promise<Cluster> {
  const { profileDir, env } = sandbox;
  const cluster = await Cluster.start({ n: 2, profileDir, env, ...options });
  onTestFinished(() => cluster.stop());
  return cluster;
}

async function failureOf(result: PromiseLike<unknown>): Promise<Error & { code?: string }> {
  try {
    await result;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('it did not fail');
}

/** Prints for about a second, its last line and value at the end. */
const ticks = `console.log('begun');
  for (let tick = 0; tick < 50; tick++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    console.log('tick', tick);
  }
  'value of ' + px.id`;
const allTicks = `begun\n${Array.from({ length: 50 }, (_, tick) => `tick ${tick}\n`).join('')}`;

/** Code that spins where it runs first, and answers where it runs again; `path` gets the first one's pid. */
function spinsOnce(path: string): string {
  return `const { existsSync, writeFileSync } = await import('node:fs');
    if (!existsSync('${path}')) { writeFileSync('${path}', String(process.pid)); while (true); }
    'ran again'`;
}

async function pidIn(path: string): Promise<number> {
  const read = async (): Promise<number> => Number(await readFile(path, 'utf8').catch(() => ''));
  expect(await until(async () => (await read()) > 0, soon)).toBe(true);
  return read();
}

test('a task whose engine is killed runs elsewhere when it may be tried again, else fails', async () => {
  const sandbox = await openSandbox();
  const cluster = await startCluster(sandbox, { n: 3 });
  await using client = await cluster.connect();
  const [once, twice] = [join(sandbox.folder, 'once'), join(sandbox.folder, 'twice')];
  const failed = failureOf(client.loadBalanced().execute(spinsOnce(once)));
  const retried = client.loadBalanced({ retries: 1 }).execute(spinsOnce(twice));

  process.kill(await pidIn(once), 'SIGKILL');
  process.kill(await pidIn(twice), 'SIGKILL');

  const failure = await failed;
  expect(failure).toMatchObject({ code: 'ENGINE_LOST' });
  expectTold('An engine is killed', failure.message);
  expect(await retried).toBe('ran again');
  expect(await client.loadBalanced().execute('"next"')).toBe('next');
  expect(client.ids).toHaveLength(1);
  await client.close();
  await cluster.stop();
  await sandbox.expectNothingLeft();
});

test('tasks that wait for their turn fail when no engine is left and none comes', async () => {
  const sandbox = await openSandbox();
  const cluster = await startCluster(sandbox, { n: 1 });
  await using client = await cluster.connect();
  const path = join(sandbox.folder, 'runs');
  const view = client.loadBalanced({ engineGraceMs: 300 });
  const [running, waiting] = [view.execute(spinsOnce(path)), view.execute('1')].map(failureOf);
  const patient = client.loadBalanced({ engineGraceMs: Infinity }).execute('"ran"');

  process.kill(await pidIn(path), 'SIGKILL');

  expect(await running).toMatchObject({ code: 'ENGINE_LOST' });
  const failure = await waiting;
  expect(failure).toMatchObject({ code: 'NO_ENGINES' });
  expectTold('An engine is killed', failure?.message ?? '');
  await cluster.startEngines(1);
  expect(await patient).toBe('ran');
});

test('an engine that is killed while it is idle is told of when it is asked for', async () => {
  const cluster = await startCluster(await openSandbox());
  await using client = await cluster.connect();

  process.kill(client.engines[0]?.pid ?? 0, 'SIGKILL');
  await until(() => client.ids.length === 1, soon);

  const ask = async (): Promise<unknown> => client.direct(0).execute('1');
  expectTold('An engine is killed', (await failureOf(ask())).message);
  expect(await client.direct('all').execute('px.id')).toEqual([1]);
});

test('when the supervisor is killed, all that waits ends with one sentence, and the engines end', async () => {
  const sandbox = await openSandbox();
  const cluster = await startCluster(sandbox, { owner: null, clusterId: 'dead' });
  await using client = await cluster.connect();
  const forever = "console.log('begun'); await new Promise(() => {})";
  const running = client.direct('all').execute(forever, { silent: false });
  for await (const output of running.stream()) if (output.type === 'stream') break;
  const waits = [
    running,
    client.direct('all').execute('2'),
    client.loadBalanced().execute('3'),
    client.direct('all').push({ x: 4 }),
    client.waitForEngines(3),
  ].map(failureOf);

  process.kill((await cluster.status()).supervisorPid, 'SIGKILL');

  const told = new Set((await Promise.all(waits)).map(({ message }) => message));
  expect([...told]).toHaveLength(1);
  for (const message of told) expectTold('The supervisor is killed', message);
  const isEmpty = async (): Promise<boolean> => (await markedProcesses(sandbox.mark)).length === 0;
  expect(await until(isEmpty, soon)).toBe(true);
  const again = failureOf(Client.connect({ clusterId: 'dead', profileDir: sandbox.profileDir }));
  expectTold('The supervisor is killed', (await again).message);
  const next = await startCluster(sandbox, { clusterId: 'next' });
  await next.stop();
  await sandbox.expectNothingLeft();
});

/** A client in a process of its own: prints the ids of its requests once they run, and then what came. */
function startClient(sandbox: Sandbox, options: string, cell: string) {
  const script = `
    import { Client, Cluster } from 'pxlab';
    const client = ${options};
    const result = client.direct('all').execute(${JSON.stringify(cell)}, { silent: false });
    for await (const output of result.stream()) if (output.type === 'stream') break;
    console.log('ids', JSON.stringify(result.messageIds));
    console.log('values', JSON.stringify(await result));
    console.log('balanced', await client.loadBalanced().execute('1 + 1'));
    console.log('texts', JSON.stringify(result.outputs.map(({ stdout }) => stdout)));
    await client.close();`;
  return startScript(sandbox, script);
}

async function idsOf(client: Awaited<ReturnType<typeof startClient>>): Promise<string[]> {
  const line = /^ids (.*)$/m.exec(await client.says(/^ids .*\n/m))?.[1];
  return JSON.parse(line ?? '[]') as string[];
}

test('what a killed client ran on a shared cluster goes on, and another one finds it', async () => {
  const sandbox = await openSandbox();
  const cluster = await startCluster(sandbox, { owner: null, clusterId: 'shared' });
  const script = await startClient(sandbox, "await Client.connect({ clusterId: 'shared' })", ticks);
  const ids = await idsOf(script);

  script.child.signal('SIGKILL');
  await script.child.exited;

  await using client = await cluster.connect();
  const found = client.result(ids);
  expect(await found).toEqual(['value of 0', 'value of 1']);
  expect(found.outputs.map(({ stdout }) => stdout)).toEqual([allTicks, allTicks]);
  expect((await cluster.status()).engines).toHaveLength(2);
});

test('what a killed notebook ran is found by others until its grace is over, then its cluster ends', async () => {
  const sandbox = await openSandbox();
  const owned = `await (await Cluster.start({ n: 2, clusterId: 'own',
    owner: { id: 'kernel-1', kind: 'kernel' }, env: { PXLAB_LEASE_GRACE_MS: '8000' } })).connect()`;
  const script = await startClient(sandbox, owned, ticks);
  const ids = await idsOf(script);

  script.child.signal('SIGKILL');
  await script.child.exited;

  const client = await Client.connect({ clusterId: 'own', profileDir: sandbox.profileDir });
  onTestFinished(() => client.close());
  expect(await client.result(ids)).toEqual(['value of 0', 'value of 1']);
  const waits = [
    client.direct(0).execute('await new Promise(() => {})'),
    client.loadBalanced().execute('await new Promise(() => {})'),
    client.waitForEngines(3),
  ].map(failureOf);
  const told = new Set((await Promise.all(waits)).map(({ message }) => message));
  expect([...told]).toHaveLength(1);
  for (const message of told) expectTold('The owner of a cluster is killed', message);
  await sandbox.expectNothingLeft({ withinMs: 20_000 });
});

/** How long the processes of the next tests are stopped. */
const stoppedMs = 5000;

test('an engine that is stopped for 5 s loses nothing, and is not taken for dead', async () => {
  const cluster = await startCluster(await openSandbox());
  await using client = await cluster.connect();
  const pid = client.engines[0]?.pid ?? 0;
  const running = client.direct('all').execute(ticks, { silent: false });
  for await (const output of running.stream()) if (output.engineId === 0) break;

  process.kill(pid, 'SIGSTOP');
  const waiting = client.direct('all').execute('px.id');
  const task = client.loadBalanced().execute('1 + 1');
  expect(await until(() => client.ids.length < 2, { timeoutMs: stoppedMs })).toBe(false);
  process.kill(pid, 'SIGCONT');

  expect(await running).toEqual(['value of 0', 'value of 1']);
  expect(running.outputs.map(({ stdout }) => stdout)).toEqual([allTicks, allTicks]);
  expect([await waiting, await task]).toEqual([[0, 1], 2]);
  expect((await cluster.status()).deaths).toEqual([]);
});

test('a supervisor that is stopped for 5 s loses nothing, and takes nobody for dead', async () => {
  const cluster = await startCluster(await openSandbox());
  await using client = await cluster.connect();
  const { supervisorPid } = await cluster.status();
  const running = client.direct('all').execute(ticks, { silent: false });
  for await (const output of running.stream()) if (output.type === 'stream') break;

  process.kill(supervisorPid, 'SIGSTOP');
  const waiting = client.direct('all').execute('px.id');
  const question = client.queueStatus();
  expect(await until(() => client.isClosed, { timeoutMs: stoppedMs })).toBe(false);
  process.kill(supervisorPid, 'SIGCONT');

  expect(await running).toEqual(['value of 0', 'value of 1']);
  expect(running.outputs.map(({ stdout }) => stdout)).toEqual([allTicks, allTicks]);
  expect(await waiting).toEqual([0, 1]);
  expect((await question).engines).toHaveLength(2);
  expect(client.ids).toEqual([0, 1]);
  expect((await cluster.status()).deaths).toEqual([]);
});

test('a client that is stopped for 5 s gets all results, and keeps its cluster', async () => {
  const sandbox = await openSandbox();
  const script = await startClient(
    sandbox,
    "await (await Cluster.start({ n: 2, clusterId: 'own' })).connect()",
    ticks,
  );
  const ids = await idsOf(script);
  await using observer = await Client.connect({
    ...{ clusterId: 'own', profileDir: sandbox.profileDir },
  });

  script.child.signal('SIGSTOP');
  const areDone = observer.result(ids);
  expect(await until(() => observer.isClosed, { timeoutMs: stoppedMs })).toBe(false);
  await areDone;
  script.child.signal('SIGCONT');

  expect(await script.child.exited).toMatchObject({ code: 0 });
  const text = await script.text();
  expect(text).toContain('values ["value of 0","value of 1"]\nbalanced 2\n');
  expect(text).toContain(`texts ${JSON.stringify([allTicks, allTicks])}`);
  await observer.close();
  await sandbox.expectNothingLeft();
});

test('a disk without room for logs does not keep a cluster from working', async ({ skip }) => {
  const sandbox = await openSandbox();
  const disk = await mountFullDisk(join(sandbox.profileDir, 'log'), 0);
  if (disk === undefined) return skip('a full disk can be made by root alone');
  const cluster = await startCluster(sandbox);
  await using client = await cluster.connect();

  const printed = client
    .direct('all')
    .execute("for (let line = 0; line < 2000; line++) console.log('line', line); px.id", {
      silent: false,
    });
  expect(await printed).toEqual([0, 1]);
  expect(printed.outputs.map(({ stdout }) => stdout.split('\n').length)).toEqual([2001, 2001]);
  const failed = failureOf(
    client.direct(0).execute("process.kill(process.pid, 'SIGABRT'); while (true);"),
  );
  expect(await failed).toMatchObject({ code: 'ENGINE_LOST' });
  await cluster.startEngines(1);
  await client.waitForEngines(2);
  expect(await client.direct('all').execute('px.id')).toEqual([1, 2]);
  expect((await readdir(join(sandbox.profileDir, 'security'))).length).toBeGreaterThan(0);

  await client.close();
  await cluster.stop();
  await sandbox.expectNothingLeft();
});
