import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import { Cluster } from '../../../lib/cluster/cluster.js';
import { closeCompiler, displayed, workspace, type Workspace } from './notebook.js';

// vitest types its own matchers as `any`.
const stringMatching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

let space: Workspace;

beforeEach(async () => {
  space = await workspace();
});
afterEach(() => space[Symbol.asyncDispose]());
afterAll(closeCompiler);

/** A cluster that every notebook of the workspace finds. */
function shared(n: number, clusterId = ''): Promise<Cluster> {
  return Cluster.start({ n, clusterId, profileDir: space.profileDir, owner: null });
}

async function running(): Promise<string[]> {
  const all = await Cluster.list(space.profileDir);
  return all.filter(({ state }) => state === 'running').map(({ clusterId }) => clusterId);
}

test('the first uses of a notebook start one cluster, and say so in one line', async () => {
  const notebook = space.open('kernel-a');

  const runs = ['%px 1', '%px 2', '%px 3'].map((cell) => notebook.run(cell).outcome);

  expect(await Promise.all(runs)).toEqual(Array(3).fill({ status: 'ok' }));
  expect(await running()).toHaveLength(1);
  expect(notebook.told).toEqual([expect.stringMatching(/^Started a cluster .*: \d+ engines?\.$/)]);
  await notebook.px.stop();
  expect(await Cluster.list(space.profileDir)).toEqual([]);
});

test('px.stop() undoes a px.start() that was called just before it and not awaited', async () => {
  const notebook = space.open('kernel-a');
  const started = notebook.px.start({ n: 1 });
  const isUndone = expect(started).rejects.toMatchObject({ code: 'ABORTED' });

  await notebook.px.stop();

  await isUndone;
  expect(await Cluster.list(space.profileDir)).toEqual([]);
  await notebook.px.start({ n: 1 });
  expect(await running()).toHaveLength(1);
  await notebook.px.stop();
});

test('Stop during the start gives it up, and leaves nothing', async () => {
  const notebook = space.open('kernel-a');
  const stop = new AbortController();
  const run = notebook.run('%px 1', stop.signal);
  await until(async () => (await Cluster.list(space.profileDir)).length > 0, { timeoutMs: 10_000 });

  stop.abort();

  expect(await run.outcome).toMatchObject({ status: 'error', error: { ename: 'Interrupted' } });
  const isGone = async (): Promise<boolean> => (await Cluster.list(space.profileDir)).length === 0;
  expect(await until(isGone, { timeoutMs: 10_000 })).toBe(true);
  expect(await notebook.run('%px 1').outcome).toEqual({ status: 'ok' });
});

test('a notebook finds its own cluster, with its variables, after a restart of its kernel', async () => {
  const before = space.open('kernel-a');
  await before.px.start({ n: 2 });
  await before.run('%px const kept = px.id + 10;').outcome;
  const pids = before.px.client.engines.map(({ pid }) => pid);
  await before.session.close({ restart: true });

  const after = space.open('kernel-a');
  const run = after.run('%px kept');

  expect(await run.outcome).toEqual({ status: 'ok' });
  expect(displayed(run).join('\n')).toMatch(/: 10\n.*: 11/);
  expect(after.px.client.engines.map(({ pid }) => pid)).toEqual(pids);
  expect(after.session.engineDeclarations.text).toContain('kept');
  await after.px.start({ n: 3 });
  expect(after.px.client.ids).toHaveLength(3);
});

test('two notebooks with clusters of their own do not see each other', async () => {
  const [a, b] = [space.open('kernel-a'), space.open('kernel-b')];
  await a.px.start({ n: 1 });
  await b.px.start({ n: 1 });

  await a.run('%px const mine = 1').outcome;

  expect(await b.run('%px mine').outcome).toMatchObject({
    status: 'error',
    error: { ename: 'TypeScriptError' },
  });
  await a.px.stop();
  expect(await b.run('%px 1').outcome).toEqual({ status: 'ok' });
});

test('two notebooks on a shared cluster learn from the engines what the other declared', async () => {
  await using cluster = await shared(2);
  const [a, b] = [space.open('kernel-a'), space.open('kernel-b')];
  await b.session.client();
  await a.run('%px const fromA = 1;').outcome;

  const sees = b.run('%px fromA + 1');
  expect(await sees.outcome).toEqual({ status: 'ok' });
  expect(displayed(sees).join('')).toContain(': 2');
  expect(await b.run('%px --targets 1 const fromB = "b";').outcome).toEqual({ status: 'ok' });
  expect(await a.run('%px --targets 1 fromB.length + fromA').outcome).toEqual({ status: 'ok' });
  expect(await a.run('%px --targets 1 fromB.nothing').outcome).toMatchObject({
    status: 'error',
    error: { ename: 'TypeScriptError' },
  });
  expect(await a.px.pull('fromB', { targets: 1 })).toEqual(['b']);
  await expect(a.px.pull('fromB')).rejects.toMatchObject({ code: 'NO_SUCH_VARIABLE' });
  await a.px.stop();
  expect((await cluster.status()).engines).toHaveLength(2);
});

test('cells sent one after the other, unawaited, find an engine changed by another notebook', async () => {
  await using cluster = await shared(1);
  const [a, b] = [space.open('kernel-a'), space.open('kernel-b')];
  await a.run('%px const one = 1;').outcome;
  await b.run('%px const two = 2;').outcome;

  const outcomes = await Promise.all(
    ['%px const three = one + 2;', '%px const four = three + one;', '%px four'].map(
      (cell) => a.run(cell).outcome,
    ),
  );

  expect(outcomes).toEqual(Array(3).fill({ status: 'ok' }));
  expect(await a.px.pull('four')).toEqual([4]);
  expect(cluster.clusterId).toBe('');
});

test('a cell that follows a call which is still being prepared keeps its place behind it', async () => {
  const notebook = space.open('kernel-a');
  await notebook.px.start({ n: 1 });
  await notebook.run('%px var order: string[] = [];').outcome;

  const before = notebook.px.view.execute('globalThis.first = Date.now(), "called first"');
  const run = notebook.run('%px order.push(String("first" in globalThis)); order[0]');

  expect(await run.outcome).toEqual({ status: 'ok' });
  expect(displayed(run)).toEqual([stringMatching(/^Out\[0:\d\]: (true|'true')$/)]);
  expect(await before).toEqual(['called first']);
});

test('of several shared clusters, the notebook asks which', async () => {
  await using first = await shared(1, 'first');
  await using second = await shared(1, 'second');
  const notebook = space.open('kernel-a');

  expect(await notebook.run('%px 1').outcome).toMatchObject({
    status: 'error',
    error: {
      evalue: expect.stringMatching(/'first'.*'second'.*px\.connect\(\{ clusterId/) as string,
    },
  });
  await notebook.px.connect({ clusterId: second.clusterId });
  expect(await notebook.run('%px 1').outcome).toEqual({ status: 'ok' });
  expect(first.clusterId).toBe('first');
});

test('a notebook keeps its own cluster when it connects to one that is not there, or to its own', async () => {
  const notebook = space.open('kernel-a');
  await notebook.px.start({ n: 1 });
  await notebook.run('%px const kept = 7').outcome;
  const [own = ''] = await running();

  await expect(notebook.px.connect({ clusterId: 'mistyped' })).rejects.toThrow(/mistyped/);
  await notebook.px.connect({ clusterId: own });

  expect(await notebook.px.pull('kept')).toEqual([7]);
  expect(notebook.session.ownsCluster).toBe(true);
});

test('a cluster that dies is told of in one sentence, and the next cell starts another', async () => {
  const notebook = space.open('kernel-a');
  await notebook.px.start({ n: 1 });
  const { supervisorPid } = (await notebook.px.client.clusterRequest({ action: 'status' })) as {
    supervisorPid: number;
  };
  const run = notebook.run('%px await new Promise(() => {})');
  await until(() => notebook.px.last()?.tasks[0]?.status === 'running', { timeoutMs: 5000 });

  process.kill(supervisorPid, 'SIGKILL');

  expect(await run.outcome).toMatchObject({
    status: 'error',
    error: { ename: 'DisconnectedError', evalue: expect.stringContaining('cluster') as string },
  });
  expect(await notebook.run('%px 1').outcome).toEqual({ status: 'ok' });
  expect(await running()).toHaveLength(1);
});

test('status tells the engines, as text and as a table', async () => {
  const notebook = space.open('kernel-a');
  expect(String(await notebook.px.status())).toMatch(/^No cluster yet/);
  expect(() => notebook.px.client).toThrow(/no cluster yet/);
  await notebook.px.start({ n: 2 });

  const status = await notebook.px.status();

  expect(String(status)).toMatch(/^This notebook's cluster: 2 engines\.\nengine +language/);
  expect(status.engines.map(({ id, pid }) => [id, typeof pid])).toEqual([
    [0, 'number'],
    [1, 'number'],
  ]);
});

test('eight engines print 1,000 lines each at once: complete and in order', async () => {
  const notebook = space.open('kernel-a');
  await notebook.px.start({ n: 8 });

  const run = notebook.run('%px for (let line = 0; line < 1000; line++) console.log(line);');
  await run.outcome;

  const text = run.shown.map((each) => (each.type === 'stdout' ? each.text : '')).join('');
  const lines = text.trimEnd().split('\n');
  expect(lines).toHaveLength(8000);
  for (let engine = 0; engine < 8; engine++) {
    const own = lines.filter((line) => line.startsWith(`[stdout:${engine}] `));
    expect(own).toEqual(Array.from({ length: 1000 }, (_, line) => `[stdout:${engine}] ${line}`));
  }
});

test('an engine that is restarted comes back without its variables', async () => {
  const notebook = space.open('kernel-a');
  await notebook.px.start({ n: 2 });
  await notebook.run('%px const kept = 1;').outcome;

  await notebook.px.restart(1);

  const { ids } = notebook.px.client;
  expect(ids).toHaveLength(2);
  expect(ids).not.toContain(1);
  expect(await notebook.run('%px const fresh = 2;').outcome).toEqual({ status: 'ok' });
  await expect(notebook.px.pull('kept')).rejects.toMatchObject({ code: 'NO_SUCH_VARIABLE' });
  const outcome = await notebook.run('%px kept').outcome;
  expect(outcome).toMatchObject({ status: 'error', error: { ename: 'TypeScriptError' } });
  const { traceback } = outcome.status === 'error' ? outcome.error : { traceback: [] };
  expect(traceback.at(-1)).toMatch(/^So on engine 2: not all of the cell's engines/);
  expect(await notebook.run('%px --targets 0 kept').outcome).toEqual({ status: 'ok' });
});
