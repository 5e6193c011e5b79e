import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { page } from '../../support/cell-page.js';
import { type Pending, type StartedKernel, startKernel } from '../../support/jupyter-client.js';

// The tests build on each other: they are one notebook beside a tsconfig.json.

let kernel: StartedKernel;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pxlab-project-'));
  await configure({
    strict: true,
    experimentalDecorators: true,
    target: 'es2020',
    jsx: 'react',
    jsxFactory: 'h',
    paths: { '@lib/*': ['./src/*'] },
  });
  await mkdir(join(folder, 'src'));
  await write('src/scale.ts', "import { unit } from '@lib/unit';\nexport const scale = 2 * unit;");
  await write('src/unit.ts', 'export const unit: number = 1;');
  await write('src/view.tsx', [
    "import { h } from '@lib/h';",
    'export const view = (n: number) => <b>{n}</b>;',
  ]);
  await write(
    'src/h.ts',
    'export const h = (type: string, _: unknown, ...rest: unknown[]) => `<${type}>${rest.join()}`;',
  );
  kernel = await startKernel({ cwd: folder });
});
afterAll(async () => {
  await kernel[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const run = (cell: string): Pending => kernel.client.execute(cell);

function write(name: string, lines: string | readonly string[]): Promise<void> {
  return writeFile(join(folder, name), [lines].flat().join('\n'));
}

function configure(compilerOptions: object): Promise<void> {
  return write('tsconfig.json', JSON.stringify({ compilerOptions }));
}

test('the first cell says what is not taken, `%typecheck` says all', async () => {
  const first = await run('1');
  const second = await run('2');
  const told = await run('%typecheck');

  expect(first.stderr).toBe('tsconfig.json: cells do not take experimentalDecorators from it.\n');
  expect(second.stderr).toBe('');
  expect(told.stdout).toBe(
    '%typecheck default\n' +
      'tsconfig.json: cells take strict true, jsx react, jsxFactory "h", paths of @lib/*.\n' +
      'tsconfig.json: cells do not take experimentalDecorators, target.\n',
  );
});

test('`paths` lead to modules, which lead to others, and are loaded anew', async () => {
  const before = await run("import { scale } from '@lib/scale';\nscale");
  await write('src/unit.ts', 'export const unit: number = 21;');
  const after = await run("const { scale: again } = await import('@lib/scale');\nagain");
  const wrong = await run("import { unit } from '@lib/unit';\nunit.length");

  expect([before.result, after.result]).toEqual(['2', '42']);
  expect(wrong.error?.evalue).toContain("'length' does not exist on type 'number'");
});

test('JSX, of cells and of modules, and errors in its lines', async () => {
  await run("import { h } from '@lib/h';");
  const cell = await run('const name: string = "Ada";\n<p>{name}</p>');
  const module = await run("import { view } from '@lib/view';\nview(3)");
  const thrown = await run(
    'const lost = (): string => { throw new Error("lost") };\n<p>{lost()}</p>',
  );
  const cast = await run('<number>(1 as unknown)');

  expect([cell.result, module.result, cast.result]).toEqual(["'<p>Ada'", "'<b>3'", '1']);
  expect(thrown.error?.traceback.join('\n')).toMatch(/at Cell \[\d+\]:2:\d+$/);
});

test('engines follow the same file', async () => {
  await run('await px.start({ n: 1 });');
  const shown = page(
    await run(
      "%%px\nimport { h } from '@lib/h';\nimport { scale } from '@lib/scale';\n<q>{scale}</q>",
    ),
  );
  const wrong = await run('%%px\nconst s: string = null;');

  expect(shown.join()).toMatch(/Out\[0:\d+\]: '<q>42'/);
  expect(wrong.error?.evalue).toContain("'null' is not assignable");
});

test('a changed file counts from the next cell on, a broken one is left aside', async () => {
  await configure({ strict: false });
  const loose = await run('let s: string = null; s');
  const engine = await run('%%px\nlet s: string = null;');
  await run('%typecheck strict');
  const strict = await run('let t: string = null; t');
  await run('%typecheck default');
  await write('tsconfig.json', '{ "compilerOptions": ');
  const broken = await run('let u: string = null; u');

  expect([loose.error, engine.error]).toEqual([undefined, undefined]);
  expect(strict.error?.evalue).toContain('not assignable');
  expect(broken.stderr).toMatch(/^tsconfig\.json is left aside: .+\n$/);
  expect(broken.error?.evalue).toContain('not assignable');
});
