import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { page } from '../../support/cell-page.js';
import { type Pending, type StartedKernel, startKernel } from '../../support/jupyter-client.js';

let kernel: StartedKernel;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pxlab-notebook-'));
  await write('walk.ts', [
    "import { step } from './step';",
    "import limits from './limits.json';",
    'export interface Walk {',
    '  readonly length: number;',
    '}',
    'export const walk = (n: number): Walk => ({ length: Math.min(n * step, limits.max) });',
    'export function lost(): never {',
    '  const walked: Walk = walk(1);',
    '  throw new RangeError(`lost after ${walked.length}`);',
    '}',
  ]);
  await write('step.ts', ['export const step: number = 2;', 'export let calls = 0;']);
  await write('limits.json', ['{ "max": 100 }']);
  kernel = await startKernel({ cwd: folder });
});
afterAll(async () => {
  await kernel[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const run = (cell: string): Pending => kernel.client.execute(cell);

function write(name: string, lines: readonly string[]): Promise<void> {
  return writeFile(join(folder, name), lines.join('\n'));
}

test('a local TypeScript module is imported with its types, with or without its ending', async () => {
  const typed = await run("import { walk, type Walk } from './walk';\nconst w: Walk = walk(3);\nw");
  const ended = await run("import { walk as again } from './walk.ts';\nagain === walk");
  const wrong = await run("walk('far')");

  expect(typed.result).toBe('{ length: 6 }');
  expect(ended.result).toBe('true');
  expect(wrong.error?.evalue).toContain("'string' is not assignable to parameter of type 'number'");
});

test('JSON needs no import attribute, and may have one', async () => {
  const plain = await run("import limits from './limits.json';\nlimits.max");
  const told = await run("import told from './limits.json' with { type: 'json' };\ntold.max");

  const later = await run(
    "const later = await import('./limits.json', { with: { type: 'json' } });\nlater.default.max",
  );

  expect([plain, told, later].map(({ result, stderr }) => [result, stderr])).toEqual([
    ['100', ''],
    ['100', ''],
    ['100', ''],
  ]);
});

test('an error in a local module names its TypeScript line', async () => {
  const { error } = await run("import { lost } from './walk';\nlost()");

  expect(error).toMatchObject({ ename: 'RangeError', evalue: 'lost after 2' });
  expect(error?.traceback).toContain(`    at lost (${join(folder, 'walk.ts')}:9:9)`);
  expect(error?.traceback.at(-1)).toMatch(/^ {4}at Cell \[\d+\]:2:\d+$/);
});

test('a module that has changed, or imports one that has, is compiled anew; others keep their state', async () => {
  await write('state.ts', ['export const seen: number[] = [];']);
  await run("import { seen } from './state';\nseen.push(1);");
  await write('step.ts', ['export const step: number = 5;', 'export const unit = "m";']);
  await write('limits.json', ['{ "max": 12, "min": 1 }']);

  const changed = await run("import { walk } from './walk';\n[walk(2).length, walk(3).length]");
  const typed = await run("import { unit } from './step';\nunit.toUpperCase()");
  const json = await run("import limits from './limits.json';\nlimits.min");
  const kept = await run("import { seen as same } from './state';\nsame");

  expect(changed.result).toBe('[ 10, 12 ]');
  expect(typed.result).toBe("'M'");
  expect(json.result).toBe('1');
  expect(kept.result).toBe('[ 1 ]');
});

test('engines import the same modules, and recompile them too', async () => {
  await run('await px.start({ n: 2 });');
  const first = page(await run("%%px\nimport { level } from './level';\nlevel + px.id"));
  await write('level.ts', ['export const level: number = 10;']);
  const second = page(await run("%%px\nimport { level } from './level';\nlevel + px.id"));
  await write('level.ts', ['export const level: number = 20;']);
  const third = page(await run("%%px\nimport { level } from './level';\nlevel + px.id"));

  expect(first.join()).toContain("Cannot find module './level'");
  expect(second.join()).toMatch(/Out\[0:\d+\]: 10\nOut\[1:\d+\]: 11/);
  expect(third.join()).toMatch(/Out\[0:\d+\]: 20\nOut\[1:\d+\]: 21/);
});

test('what is wrong with a local module is one sentence', async () => {
  await write('broken.ts', ['export const a = 1;', 'export const b = ;']);

  const broken = await run("await import('./broken')");
  const missing = await run("await import('./nowhere' + '')");

  expect(broken.error).toMatchObject({
    ename: 'SyntaxError',
    evalue: 'broken.ts:2:18 - Expression expected.',
  });
  expect(missing.error?.evalue).toBe(`There is no module './nowhere' in ${folder}.`);
});
