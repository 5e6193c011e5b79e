import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import { Client } from '../../../lib/client/client.js';
import { PxInspectors } from '../../../lib/px/px-inspectors.js';
import { PxStacks } from '../../../lib/px/px-stacks.js';
import { DevTools } from '../../support/devtools.js';
import { EngineBench } from './engines.js';

let bench: EngineBench;
let client: Client;

beforeAll(async () => {
  bench = await EngineBench.start(7);
  client = await Client.connect({ connectionInfo: bench.controller.clientInfo });
});
afterAll(async () => {
  await client.close();
  await bench[Symbol.asyncDispose]();
});

/** Waits until an engine does `activity`. */
async function activityOf(id: number, activity: string): Promise<void> {
  const check = async (): Promise<boolean> => (await client.stack(id))[0]?.activity === activity;
  if (!(await until(check, { timeoutMs: 8000 }))) throw new Error(`not ${activity}`);
}

test('engines tell where their code is, and run on meanwhile', async () => {
  const codes = [
    'function work(n: number): number {\n  for (;;) n++;\n}\n\nconst n = work(1);',
    'await new Promise(() => {});',
    "(await import('node:child_process')).execSync('sleep 3');",
    'setTimeout(() => {\n  for (;;);\n}, 300);',
    'let turns = 0;\nconst end = performance.now() + 600;\nwhile (performance.now() < end) turns++;\nturns > 0',
  ];
  const stoppedPid = bench.pid(6) ?? 0;
  process.kill(stoppedPid, 'SIGSTOP');
  const silent = client.stack(6);
  const results = codes.map((code, id) => client.direct(id).execute(code));
  await results[3];
  await Promise.all([
    activityOf(0, 'running'),
    activityOf(1, 'awaiting'),
    activityOf(2, 'blocked'),
    activityOf(3, 'running'),
    activityOf(5, 'idle'),
  ]);

  const stacks = await client.stack([0, 1, 3, 5]);
  const text = String(new PxStacks(stacks));
  await client.interrupt([0, 1, 3]);
  const undisturbed = await results[4];
  await expect(client.inspect(2)).rejects.toThrow(
    'Engine 2: Its code is in native code, which a debugger cannot enter: nothing answered for 1 s',
  );
  await results[2];
  const wasNeverOpen = await client.closeInspectors(2);
  const [unknown] = await silent;
  process.kill(stoppedPid, 'SIGCONT');

  expect(stacks[0]?.lines).toEqual([
    { functionName: 'work', file: '<execute 1>', line: 2, column: expect.any(Number) as number },
    { functionName: '', file: '<execute 1>', line: 5, column: 15 },
  ]);
  expect(text).toMatch(
    /^Engine 0: runs <execute 1>, for \d+ m?s now, at\n<execute 1>:2:\d+\n {2}1 \|/,
  );
  expect(text).toContain('> 2 |   for (;;) n++;\n');
  expect(text).toMatch(/^Engine 1: awaits something in <execute 2>, for \d+ m?s now$/m);
  expect(text).toMatch(/^Engine 3: runs what an earlier cell left behind, at\n<execute 4>:2:3$/m);
  expect(text).toMatch(/^Engine 5: idle$/m);
  expect(undisturbed).toBe(true);
  expect(wasNeverOpen).toMatchObject([{ engineId: 2, wasOpen: false }]);
  expect(unknown).toMatchObject({
    activity: 'unknown',
    // Whichever is quicker, this or its heart.
    problem: expect.stringMatching(
      /^Engine 6 (did not answer for 3 s|stopped answering)/,
    ) as string,
  });
});

test('a debugger opens on an engine that spins; Stop and the end of the engine work under it', async () => {
  const spinning = client.direct(0).execute('let spun = 1;\nfor (;;) spun++;');
  await activityOf(0, 'running');

  const [opened] = await client.inspect(0);
  const [again] = await client.inspect(0);
  const debug = await DevTools.attach(opened?.url ?? '');
  const [, stopped] = await Promise.allSettled([client.interrupt(0), spinning]);
  const halting = client.direct(0).execute('spun = 2;\ndebugger;\nspun = 3;');
  const { line } = debug.lineOf(await debug.halt());
  const [halted] = await client.stack(0);
  const outcome = await client.interrupt(0);
  const [ended] = await Promise.allSettled([halting]);
  const spun = await client.direct(0).pull('spun');
  const last = client.direct(0).execute('debugger;');
  await debug.halt();
  const startMs = performance.now();
  const [, lost] = await Promise.allSettled([client.shutdown({ targets: 0 }), last]);
  await debug.closed();

  expect(opened).toEqual({
    engineId: 0,
    host: expect.any(String) as string,
    wasOpen: false,
    url: again?.url,
  });
  expect(again?.wasOpen).toBe(true);
  expect(stopped.status).toBe('rejected');
  expect(line).toBe(2);
  expect(halted).toMatchObject({
    activity: 'halted',
    cell: expect.any(String) as string,
    lines: [{ line: 2 }],
  });
  expect(outcome).toEqual([{ engineId: 0, outcome: 'stopped' }]);
  expect(ended.status).toBe('rejected');
  expect(spun).toBe(2);
  expect(lost.status).toBe('rejected');
  expect(performance.now() - startMs).toBeLessThan(1500);
});

test('debuggers of several engines open at free ports, and are closed', async () => {
  const opened = await client.inspect([1, 5]);
  const text = String(new PxInspectors(opened));
  const debug = await DevTools.attach(opened[1]?.url ?? '');
  const halting = client.direct(5).execute('debugger;\n6 * 7');
  await debug.halt();
  const closed = await client.closeInspectors([1, 5]);
  await debug.closed();

  expect(new Set(opened.map(({ url }) => new URL(url ?? '').port)).size).toBe(2);
  expect(text).toContain(
    '%inspect off 1 closes it.\n\nThe debugger of engine 5 listens: ws://127.0.0.1:',
  );
  expect(closed.map(({ wasOpen }) => wasOpen)).toEqual([true, true]);
  expect(await halting).toBe(42);
  await expect(client.inspect([1, 5], { port: 9229 })).rejects.toThrow('A port is for one engine');
  await expect(client.inspect(1, { port: -1 })).rejects.toThrow(
    'Expected a port from 0 to 65535, got -1.',
  );
});
