import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import { Cluster } from '../../../lib/cluster/cluster.js';
import { type StartedKernel, startKernel } from '../../support/jupyter-client.js';

let kernel: StartedKernel;

beforeAll(async () => {
  kernel = await startKernel();
  await kernel.client.execute('await px.start({ n: 2 });');
});

afterAll(async () => {
  await kernel[Symbol.asyncDispose]();
});

test('a cell for engines shows what they print and their results', async () => {
  const { reply, stdout, outputs } = await kernel.client.execute(
    '%%px\nconst share = px.rank + 0.5;\nconsole.log(`engine ${px.rank} of ${px.size}`);\nshare * 2',
  );

  expect(reply['status']).toBe('ok');
  expect(stdout.split('\n').sort()).toEqual([
    '',
    '[stdout:0] engine 0 of 2',
    '[stdout:1] engine 1 of 2',
  ]);
  expect(JSON.stringify(outputs)).toMatch(/Out\[0:\d\]: 1\\nOut\[1:\d\]: 3/);
});

test('what the engines declared is pulled with its type', async () => {
  await kernel.client.execute('%px const part: number = px.rank + 1');

  const { result } = await kernel.client.execute("const parts = await px.pull('part');\nparts");
  const { error } = await kernel.client.execute('const text: string[] = parts;');

  expect(result).toBe('[ 1, 2 ]');
  expect(error?.evalue).toContain("Type 'number[]' is not assignable to type 'string[]'");
});

test('TypeScript and magic lines take turns in a cell', async () => {
  const { result, error } = await kernel.client.execute(
    "const here = 3;\nawait px.push({ here });\n%px const there = here * 2\n(await px.pull('there'))[0]",
  );

  expect(error).toBeUndefined();
  expect(result).toBe('6');
});

test('a type error in a cell for engines is told before anything is sent', async () => {
  const { error, stdout } = await kernel.client.execute(
    '%%px\nconsole.log("sent");\nconst n: number = "a";',
  );

  expect(error).toMatchObject({ ename: 'TypeScriptError' });
  expect(error?.evalue).toMatch(/^Cell \[\d+\]:3:7 - /);
  expect(stdout).toBe('');
});

test('an unknown flag is one sentence', async () => {
  const { error } = await kernel.client.execute('%%px --tragets 0\n1');

  expect(error?.traceback).toHaveLength(1);
  expect(error?.evalue).toContain('--tragets');
});

test('completion knows the variables of the engines', async () => {
  await kernel.client.execute('%px const temperature = { celsius: 20 }');

  const code = '%%px\ntemperature.cel';
  const { reply } = await kernel.client.request('complete_request', {
    code,
    cursor_pos: code.length,
  });

  expect(reply).toMatchObject({ matches: ['celsius'], cursor_start: 17, cursor_end: 20 });
});

test('a result that nobody awaits shows how far it is, and the next cell runs', async () => {
  const pending = kernel.client.execute('%px --noblock while (!globalThis.gate) await 0');
  const { outputs } = await pending;
  const shown = JSON.stringify(outputs[0]?.content['data']);
  expect(shown).toContain('AsyncResult: 0 of 2 tasks done. Await it for its value.');
  expect(shown).toContain('░ 0/2 tasks · ');
  await kernel.client.execute('const last = px.last()!;\nvoid last.cancel();');

  const update = await pending.output(({ type, content }) => {
    return type === 'update_display_data' && !JSON.stringify(content).includes('░');
  });

  expect(JSON.stringify(update.content['data'])).toContain('2 of 2 tasks failed');
  const { outputs: done } = await kernel.client.execute('last');
  expect(JSON.stringify(done[0]?.content['data'])).toContain('2 of 2 tasks failed');
});

test('Stop ends what the engines run, and their variables stay', async () => {
  await kernel.client.execute('%px let grown = 0');
  const pending = kernel.client.execute('%%px\nconsole.log("begins");\nfor (;;) grown++;');
  await pending.printed('[stdout:0] begins');
  await pending.printed('[stdout:1] begins');
  const startMs = performance.now();

  await kernel.client.interrupt();

  const { error } = await pending;
  expect(performance.now() - startMs).toBeLessThan(1000);
  expect(error?.ename).toBe('Interrupted');
  await kernel.client.execute('%px const wasGrown = grown > 0');
  const { result } = await kernel.client.execute("await px.pull('wasGrown')");
  expect(result).toBe('[ true, true ]');
});

test('Stop ends what a cell of the notebook waits for on the engines', async () => {
  const pending = kernel.client.execute(
    "const busy = px.view.execute('for (;;) {}');\nconsole.log('begins');\nawait px.pull('grown');",
  );
  await pending.printed('begins');

  await kernel.client.interrupt();

  expect((await pending).error?.ename).toBe('Interrupted');
  expect((await kernel.client.execute("(await px.pull('wasGrown')).length")).result).toBe('2');
});

test('Stop ends code on engines that a cell of the notebook awaits, by any view', async () => {
  for (const view of ['px.view', 'px.client.direct([0, 1])', 'kept']) {
    await kernel.client.execute('const kept = px.view;');
    const pending = kernel.client.execute(
      `console.log('begins');\nawait ${view}.execute('for (;;) {}');`,
    );
    await pending.printed('begins');

    await kernel.client.interrupt();

    expect((await pending).error?.ename).toBe('Interrupted');
    const { result } = await kernel.client.execute("await kept.execute('1 + 1')");
    expect(result).toBe('[ 2, 2 ]');
  }
});

test('a cluster that a cell starts by its first use says so in that cell', async () => {
  await using own = await startKernel();

  const { stdout } = await own.client.execute('%px px.id');

  expect(stdout).toMatch(/^Started a cluster of this notebook: \d+ engines?\.\n/);
});

test('a restarted kernel finds its cluster again, and shutdown ends it', async () => {
  await using own = await startKernel();
  await own.client.execute('await px.start({ n: 1 });');
  await own.client.execute('%px const kept = process.pid');
  const pid = Number((await own.client.execute("(await px.pull('kept'))[0]")).result);
  expect(isAlive(pid)).toBe(true);

  await own.client.control('shutdown_request', { restart: true });
  await exitOf(own.process);
  const successor = own.respawn();
  const client = await own.attach();
  const { result } = await client.execute("await px.start({ n: 1 });\nawait px.pull('kept')");
  expect(result).toBe(`[ ${pid} ]`);

  await client.control('shutdown_request', { restart: false });
  await exitOf(successor);
  expect(await until(() => !isAlive(pid), { timeoutMs: 5000 })).toBe(true);
});

test('after kill -9 of the kernel its cluster ends by itself', async () => {
  await using own = await startKernel({ env: { PXLAB_LEASE_GRACE_MS: '300' } });
  await own.client.execute('await px.start({ n: 1 });\nawait px.push({ a: 1 });');
  await own.client.execute('%px const pid = process.pid');
  const pid = Number((await own.client.execute("(await px.pull('pid'))[0]")).result);
  expect(isAlive(pid)).toBe(true);

  own.process.kill('SIGKILL');

  expect(await until(() => !isAlive(pid), { timeoutMs: 10_000 })).toBe(true);
  const profileDir = join(own.folder, 'ipython', 'profile_default');
  const isGone = async (): Promise<boolean> => (await Cluster.list(profileDir)).length === 0;
  expect(await until(isGone, { timeoutMs: 10_000 })).toBe(true);
});

async function exitOf(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
