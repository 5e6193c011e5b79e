import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CellCompiler } from '../../../lib/compiler/cell-compiler.js';
import type { CompileResult } from '../../../lib/compiler/protocol.js';
import { noDeclarations } from '../../../lib/wire/cell.js';
import { type Block, parseDocument } from '../kernel/cell-document.js';

/**
 * A program that serves one cell after another tells of each what a program tells that TypeScript made for this cell.
 * The cells are those that the kernel's tests run.
 */

const documents = fileURLToPath(new URL('../kernel/cells', import.meta.url));
const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url));
const names = (await readdir(documents)).filter((name) => name.endsWith('.md')).sort();

/** A module that adds to what is global is no part of a living program, nor is the cell after it. */
const endsProgram = (number: number): string => `declare global {} // ${number}`;
/** `%px`, `!ls`, `value?`: what the magics take, not the compiler. */
const isMagic = /^\s*[%!]|\?\s*$/m;

describe.each(names)('%s', (name) => {
  test('each cell has the outcome that it has in a program of its own', async () => {
    const markdown = await readFile(join(documents, name), 'utf8');
    const [living, own] = [await newFolder(), await newFolder()];
    let [count, base] = [0, noDeclarations];
    for (const block of parseDocument(markdown)) {
      if (block.type === 'file') {
        await Promise.all([living, own].map(({ folder }) => write(folder, block)));
        continue;
      }
      const { code } = block;
      if (isMagic.test(code)) continue;
      const named = { side: 'notebook', name: `Cell [${++count}]`, base } as const;
      const compile = ({ compiler, folder }: Folder, text: string): CompileResult =>
        compiler.compile({ ...named, code: text, resolveFrom: folder });
      lookInto(living.compiler, { code, base });
      compile(own, endsProgram(count));

      const [actual, expected] = [living, own].map((each) => compile(each, code));

      expect.soft(inOneFolder(actual), code).toEqual(inOneFolder(expected));
      if (expected?.ok === true) base = expected.next;
    }
    expect(count).toBeGreaterThan(5);

    function inOneFolder(result: CompileResult | undefined): unknown {
      return JSON.parse(JSON.stringify(result).replaceAll(living.folder, own.folder));
    }
  }, 120_000);
});

test('a module is named as it was imported, also when other imports have come since', async () => {
  const { run, describe } = await notebook({
    'helper.ts':
      'interface Hidden { x: 1 }\nexport const make = (): { all: Hidden[] } => ({ all: [] });',
  });
  run('import { make } from "./helper"');
  run('import { readFileSync } from "node:fs"');
  run('let all: ReturnType<typeof make>["all"] = []');

  expect(describe('all')).not.toContain('node:fs');
  expect(run('import { no } from "./helper"')).toContain(
    `'"./helper"' has no exported member 'no'`,
  );
});

test('a local file that no longer exports a name is no crash', async () => {
  const { run, write } = await notebook({ 'helper.ts': 'export const a = 1' });
  run('import { a } from "./helper"');
  run('import { readFileSync } from "node:fs"');
  await write({ type: 'file', path: 'helper.ts', text: 'export const other = 12' });

  expect([run('1'), run('const readFileSync = 2'), run('a')]).toEqual(['', '', '']);
});

test('what an import without names adds to what is global stays', async () => {
  const text = 'declare global { interface Array<T> { twice(): T[] } }\nexport {}';
  const { run, compiler } = await notebook({ 'twice.ts': text });
  run('import "./twice"');
  const shown = Array.from({ length: 70 }, (_, number) => run(`[${number}].twice()`));
  compiler.renew();

  expect(new Set([...shown, run('import { readFileSync } from "node:fs"')])).toEqual(new Set(['']));
  expect(run('["after"].twice()')).toBe('');
});

test('each cell with an unknown name is told a known one', async () => {
  const { run } = await notebook({});
  run('const velocity = 1');
  const errors = Array.from({ length: 14 }, (_, number) => run(`velocitty + ${number}`));

  for (const error of errors) expect(error).toContain("Did you mean 'velocity'?");
});

interface Folder {
  readonly folder: string;
  readonly compiler: CellCompiler;
}

/** A notebook's folder, in which packages are installed. */
async function newFolder(): Promise<Folder> {
  const folder = await mkdtemp(join(tmpdir(), 'pxlab-living-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const name of ['@types/chai', '@types/react', 'chai', 'commander', 'lodash-es', 'zod']) {
    await mkdir(dirname(join(folder, 'node_modules', name)), { recursive: true });
    await symlink(join(modules, name), join(folder, 'node_modules', name));
  }
  const compiler = new CellCompiler(folder);
  onTestFinished(() => compiler.close());
  return { folder, compiler };
}

interface Notebook {
  readonly compiler: CellCompiler;
  /** The errors of a cell, which is the next one when there are none. */
  readonly run: (code: string) => string;
  /** The type of a variable, as another namespace is told it. */
  readonly describe: (name: string) => string | undefined;
  readonly write: (block: Extract<Block, { type: 'file' }>) => Promise<void>;
}

async function notebook(files: Readonly<Record<string, string>>): Promise<Notebook> {
  const { folder, compiler } = await newFolder();
  for (const [path, text] of Object.entries(files))
    await write(folder, { type: 'file', path, text });
  let [count, base] = [0, noDeclarations];
  return {
    compiler,
    run: (code) => {
      const name = `Cell [${++count}]`;
      const request = { side: 'notebook', name, code, base, resolveFrom: folder } as const;
      const result = compiler.compile(request);
      if (!result.ok) return result.diagnostics.map(({ message }) => message).join('\n');
      base = result.next;
      return '';
    },
    describe: (name) => compiler.describe({ names: [name], base })[name],
    write: (block) => write(folder, block),
  };
}

async function write(
  folder: string,
  { path, text }: Extract<Block, { type: 'file' }>,
): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

type Looked = Pick<Parameters<CellCompiler['inspect']>[0], 'code' | 'base'>;

/** What a user does before the cell runs: hovers, and completes half of it; and cells of engines are compiled beside. */
function lookInto(compiler: CellCompiler, { code, base }: Looked): void {
  const position = Math.floor(code.length / 2);
  compiler.inspect({ side: 'notebook', code, position, base });
  compiler.complete({ side: 'notebook', code: code.slice(0, position), position, base });
  compiler.inspect({ side: 'engine', code, position, base });
}
