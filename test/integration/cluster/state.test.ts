import { Cluster } from 'pxlab';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import type { ClusterState, EngineState } from '../../../lib/wire/cluster-state.js';
import { openSandbox } from '../../support/sandbox.js';

/** A cluster, a client, and what someone who looks at the state of the cluster hears. */
async function watched(n: number) {
  const sandbox = await openSandbox();
  const cluster = await Cluster.start({ n, env: sandbox.env, profileDir: sandbox.profileDir });
  onTestFinished(() => cluster.stop());
  const client = await cluster.connect();
  const heard: ClusterState[] = [];
  const watch = async () => {
    const watcher = await cluster.connect({ onState: (state) => heard.push(state) });
    onTestFinished(() => watcher.close());
    return watcher;
  };
  const saw = (check: (engines: readonly EngineState[], state: ClusterState) => boolean) =>
    until(() => heard.some((state) => check(state.engines, state)), { timeoutMs: 20_000 });
  return { sandbox, cluster, client, heard, watch, saw };
}

test('who looks hears what each engine runs, what waits, what it printed and what it takes', async () => {
  const { client, heard, watch, saw } = await watched(2);
  await watch();
  expect(await saw(([first]) => first?.queued === 0 && first.running === undefined)).toBe(true);

  const busy = client
    .direct(0)
    .execute(
      "console.log('one\\ntwo'); const until = Date.now() + 2500; while (Date.now() < until);",
    );
  const next = client.direct(0).execute('1');

  expect(
    await saw(([first]) => first?.running?.name?.startsWith("console.log('one") === true),
  ).toBe(true);
  expect(await saw(([first]) => first?.queued === 1)).toBe(true);
  expect(await saw(([first]) => first?.lastOutput?.text === 'two')).toBe(true);
  expect(await saw(([first]) => (first?.cpuPercent ?? 0) > 20)).toBe(true);
  expect(await saw(([first]) => (first?.memoryBytes ?? 0) > 10e6)).toBe(true);
  await Promise.all([busy, next]);
  expect(await saw(([first]) => first?.completed === 2 && first.running === undefined)).toBe(true);
  expect(heard.every(({ engines: [, second] }) => second?.running === undefined)).toBe(true);
});

test('an engine that dies and one that comes are pushed, with how the first ended', async () => {
  const { cluster, client, watch, saw } = await watched(1);
  await watch();
  const pid = client.engines[0]?.pid;
  if (pid === undefined) throw new Error('the engine has no pid');

  client.direct(0).execute('while (true);');
  expect(await saw(([first]) => first?.running !== undefined)).toBe(true);
  process.kill(pid, 'SIGKILL');

  expect(await saw((_, { deaths }) => deaths[0]?.running?.name === 'while (true);')).toBe(true);
  expect(
    await saw(
      (engines, { deaths }) => engines.length === 0 && deaths[0]?.death.signal === 'SIGKILL',
    ),
  ).toBe(true);
  await cluster.startEngines(1);
  expect(await saw(([first]) => first?.id === 1)).toBe(true);
});

test('who begins to look later is told the whole, and after the last has gone nothing is pushed', async () => {
  const { client, heard, watch, saw } = await watched(1);
  const first = await watch();
  expect(await saw((engines) => engines.length === 1)).toBe(true);
  heard.length = 0;

  const second = await watch();

  expect(await saw((engines) => engines.length === 1)).toBe(true);
  await first.close();
  await second.close();
  heard.length = 0;
  await client.direct('all').execute('2');
  expect(heard).toEqual([]);
});
