import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StartedKernel, startKernel } from '../../support/jupyter-client.js';
import { expectTold } from '../../support/told.js';

let kernel: StartedKernel;

beforeAll(async () => {
  kernel = await startKernel({ env: { NODE_OPTIONS: '--max-old-space-size=600' } });
  await kernel.client.execute('const kept = 41');
});

afterAll(async () => {
  await kernel[Symbol.asyncDispose]();
});

/** Some 200 MB a second: faster than that the limit of these tests, which is low, could be reached unseen. */
const keepMore = `for (let turn = 0; turn < 1e4; turn++) sum += Math.sin(turn);
    all.push(new Array(1e4).fill(sum + 0.5));`;
const begin = 'const all: unknown[] = [];\nlet sum = 0;\n';
const filling = {
  'a loop': `${begin}while (true) {\n${keepMore}\n}`,
  'turns of the event loop': `${begin}for (;;) {
    ${keepMore}
    await new Promise((resolve) => setImmediate(resolve));
  }`,
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
    for (let round = 0; round < 1000; round++) {
      if (kept2.length === 300) kept2 = [];
      kept2.push(new Array(1e5).fill(round + 0.5));
    }
    kept2.length`);

  expect(result).toBe('100');
});

test('a cell is not blamed for what earlier ones keep, as long as there is room', async () => {
  const busy = 'for (let round = 0; round < 3e7; round++) read += [round, round].length;';
  const keep = (
    count: number,
  ): PromiseLike<{ error: { ename: string; evalue: string } | undefined }> =>
    kernel.client.execute(`let read = 0;
for (let count = 0; count < ${count}; count++) most.push(new Array(1e5).fill(1.5));
${busy}`);
  await kernel.client.execute('const most: unknown[] = [];');
  for (let cell = 0; cell < 4; cell++) expect((await keep(125)).error).toBeUndefined();

  let told: string | undefined;
  for (let cell = 0; cell < 12 && told === undefined; cell++) told = (await keep(25)).error?.evalue;

  expectTold('The heap is full', told ?? '');
  expect(told).toContain('of what earlier cells keep');
  const { result } = await kernel.client.execute(
    'const kept3 = most.length; most.length = 0; kept3 > 600',
  );
  expect(result).toBe('true');
});

test('Stop ends endless recursion in a large process', async () => {
  const spinning = kernel.client.execute(`const large = new Uint8Array(600e6).fill(1);
    const recurse = (depth: number): number => 1 + recurse(depth + 1);
    console.log('recurses');
    for (;;) { try { recurse(0); } catch {} }`);
  await spinning.printed('recurses');
  await kernel.client.interrupt();

  expect((await spinning).error?.ename).toBe('Interrupted');
});

test('an engine lives on as well, with its variables', async () => {
  await kernel.client.execute('await px.start({ n: 1 });\n%px const kept = process.pid');

  const { error } = await kernel.client.execute(`%%px\n${filling['a loop']}`);
  const next = await kernel.client.execute('%px [typeof all, kept === process.pid]');

  expect(error?.traceback.join('\n')).toMatch(/OutOfMemory.*it filled the heap of its process/);
  expect(JSON.stringify(next.outputs)).toContain("[ 'undefined', true ]");
});
