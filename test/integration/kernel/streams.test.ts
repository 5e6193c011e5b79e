import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StartedKernel, startKernel } from '../../support/jupyter-client.js';

let kernel: StartedKernel;

beforeAll(async () => {
  kernel = await startKernel();
});

afterAll(async () => {
  await kernel[Symbol.asyncDispose]();
});

test('lines are seen while the cell that prints them still blocks the thread', async () => {
  const gate = join(kernel.folder, 'gate');
  const pending = kernel.client.execute(
    `import { existsSync } from 'node:fs';
console.log('first');
while (!existsSync(${JSON.stringify(gate)})) {}
console.log('second');`,
  );

  await pending.printed('first');
  expect(existsSync(gate)).toBe(false);
  await writeFile(gate, '');

  expect((await pending).stdout).toBe('first\nsecond\n');
});

test('20,000 lines arrive, all of them and in order', async () => {
  const { stdout } = await kernel.client.execute(
    'for (let i = 0; i < 20_000; i++) console.log(`line ${i}`);',
  );

  const expected = Array.from({ length: 20_000 }, (_, i) => `line ${i}\n`).join('');
  expect(stdout === expected).toBe(true);
});

test('what a timer prints after the end of its cell belongs to that cell', async () => {
  const first = kernel.client.execute('setTimeout(() => console.log("later"), 300);');
  await first;

  await first.printed('later');
  const { stdout } = await kernel.client.execute('console.log("own")');
  expect(stdout).toBe('own\n');
});

test('what a child of a cell prints belongs to the cell, before its end', async () => {
  const { stdout, stderr } = await kernel.client.execute(
    "import { execSync } from 'node:child_process';\nexecSync('echo out; echo err >&2', { stdio: 'inherit' });\nconsole.log('own');",
  );

  expect(stdout.split('\n').sort()).toEqual(['', 'out', 'own']); // they come by two ways
  expect(stderr).toBe('err\n');
});
