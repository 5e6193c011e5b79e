import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StartedKernel, startKernel } from '../../support/jupyter-client.js';
import { expectTold } from '../../support/told.js';

let kernel: StartedKernel;

beforeAll(async () => {
  kernel = await startKernel({ env: { NODE_OPTIONS: '--max-old-space-size=1000' } });
  await kernel.client.execute('const kept = 41');
});

afterAll(async () => {
  await kernel[Symbol.asyncDispose]();
});

const filling = {
  'a loop': 'const all: unknown[] = []; while (true) all.push(new Array(100).fill(Math.random()));',
  'a loop of awaits':
    'const all: unknown[] = []; for (;;) { all.push(new Array(1e5).fill(1.5)); await null; }',
  'turns of the event loop': `const all: unknown[] = [];
    for (;;) { all.push(new Array(1e5).fill(1.5)); await new Promise((r) => setImmediate(r)); }`,
};

test.each(Object.entries(filling))(
  '%s that fills the heap ends, and the kernel lives on',
  async (_, cell) => {
    const { error } = await kernel.client.execute(cell);
    const next = await kernel.client.execute('[typeof all, kept + 1]');

    expect(error?.ename).toBe('OutOfMemory');
    expectTold('The heap is full', error?.evalue ?? '');
    expect(next.result).toBe("[ 'undefined', 42 ]");
  },
);

test('garbage is not taken for what is in use', async () => {
  const { result } = await kernel.client.execute(`let kept2: unknown[] = [];
    for (let round = 0; round < 1500; round++) {
      if (kept2.length === 600) kept2 = [];
      kept2.push(new Array(1e5).fill(round + 0.5));
    }
    kept2.length`);

  expect(result).toBe('300');
});

test('an engine lives on as well, with its variables', async () => {
  await kernel.client.execute('await px.start({ n: 1 });\n%px const kept = process.pid');

  const { error } = await kernel.client.execute(`%%px\n${filling['a loop']}`);
  const next = await kernel.client.execute('%px [typeof all, kept === process.pid]');

  expect(error?.traceback.join('\n')).toMatch(/OutOfMemory.*it filled the heap of its process/);
  expect(JSON.stringify(next.outputs)).toContain("[ 'undefined', true ]");
});
