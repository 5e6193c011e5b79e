import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { allocatorSettings } from '../../lib/base/allocator-settings.js';
import { until } from '../../lib/base/clock.js';
import { CellCompiler } from '../../lib/compiler/cell-compiler.js';
import { noDeclarations } from '../../lib/wire/cell.js';
import { startKernel } from '../support/jupyter-client.js';
import { residentBytesOfAll } from '../support/resident-bytes.js';
import { settledMemory } from '../support/settled-memory.js';

/** A turn of ten cells, as notebooks have them; `#` is its number. */
const turn = [
  'const count# = # * 2;',
  'function twice#(x: number): number {\n  return x * 2;\n}',
  'twice#(count#)',
  'interface Point# {\n  x: number;\n}\nconst point#: Point# = { x: count# };',
  "import { join } from 'node:path';\nconst path# = join('data', '#.csv');",
  'console.log(path#, point#)',
  'const items# = Array.from({ length: 10 }, (_, id) => ({ id, size: id * count# }));',
  'items#.filter((item) => item.size > 4).map((item) => item.id)',
  'const total# = items#.reduce((sum, { size }) => sum + size, 0);\ntotal#',
  'const answer# = await Promise.resolve({ status: 200, body: items# });\nanswer#.status',
];

function cell(number: number): string {
  const code = turn[number % turn.length] ?? '';
  return code.replaceAll('#', `${Math.floor(number / turn.length)}`);
}

test('what the compiler keeps of a cell is its declarations', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'pxlab-memory-'));
  onTestFinished(() => rm(cwd, { recursive: true }));
  const compiler = new CellCompiler(cwd);
  let base = noDeclarations;
  const run = (from: number, to: number): number => {
    for (let number = from; number < to; number++) {
      const name = `Cell [${number + 1}]`;
      const request = {
        side: 'notebook',
        name,
        code: cell(number),
        base,
        resolveFrom: cwd,
      } as const;
      const result = compiler.compile(request);
      if (!result.ok) throw new Error(`${cell(number)}: ${JSON.stringify(result.diagnostics)}`);
      base = result.next;
    }
    return settledMemory();
  };

  const after20 = run(0, 20);
  const perCellBytes = (run(20, 200) - after20) / 180;
  process.stdout.write(`${Math.round(perCellBytes / 1000)} kB a cell\n`);

  expect(perCellBytes).toBeLessThan(50_000);
});

test('an idle kernel has given back what 180 cells took', async (context) => {
  if (process.platform !== 'linux') context.skip();
  await using kernel = await startKernel({ env: allocatorSettings });
  const { client } = kernel;
  const pid = kernel.process.pid ?? 0;
  const run = async (from: number, to: number): Promise<number> => {
    for (let number = from; number < to; number++) {
      const { error } = await client.execute(cell(number));
      expect(error).toBe(undefined);
    }
    return residentBytesOfAll(pid);
  };

  const after20 = await run(0, 20);
  const after200 = await run(20, 200);
  const isBack = (): boolean => residentBytesOfAll(pid) < after20 + 16e6;
  const hasSettled = await until(isBack, { timeoutMs: 60_000 });
  const figures = [after20, after200, residentBytesOfAll(pid)];
  process.stdout.write(`${figures.map((bytes) => Math.round(bytes / 1e6)).join(' → ')} MB\n`);
  expect(hasSettled).toBe(true);
});
