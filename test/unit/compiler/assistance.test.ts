import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CellCompiler } from '../../../src/compiler/cell-compiler.js';
import type { Completions } from '../../../src/compiler/protocol.js';
import { noDeclarations } from '../../../src/wire/cell.js';

// The compiler works hard, and maybe on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** A notebook's folder with a module beside it and a package in it. */
let folder: string;
let compiler: CellCompiler;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pxlab-assistance-'));
  write('helper.ts', '/** Half of it. */\nexport const half = (n: number): number => n / 2;');
  write('data/prices.ts', 'export const prices = [1, 2];');
  write('node_modules/zebra/package.json', '{ "name": "zebra", "types": "index.d.ts" }');
  write('node_modules/zebra/index.d.ts', 'export declare const stripes: number;');
  compiler = new CellCompiler(folder);
});
afterAll(() => {
  compiler.close();
  rmSync(folder, { recursive: true });
});

function write(path: string, text: string): void {
  const file = join(folder, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
}

const place = { side: 'notebook', base: noDeclarations } as const;

/** Completes at the `|` of `marked`; tells also what the candidates replace. */
function complete(marked: string): { names: string[]; replaced: string } {
  const position = marked.indexOf('|');
  const code = marked.replace('|', '');
  const { start, end, candidates }: Completions = compiler.complete({ ...place, code, position });
  return { names: candidates.map(({ name }) => name), replaced: code.slice(start, end) };
}

describe('completion in a string', () => {
  test.each([
    { marked: "import { } from 'node:fs/|'", names: ['promises'], replaced: '' },
    { marked: "import { } from './he|'", names: ['helper'], replaced: 'he' },
    { marked: "import { } from './data/|'", names: ['prices'], replaced: '' },
    { marked: "await import('ze|')", names: ['zebra'], replaced: 'ze' },
    { marked: "const o = { a: 1, 'b-c': 2 }; o['b-|']", names: ['b-c'], replaced: 'b-' },
    { marked: "let k: 'one' & string; k = 'o|ne'", names: ['one'], replaced: 'one' },
  ])('$marked', ({ marked, names, replaced }) => {
    expect(complete(marked)).toEqual({ names, replaced });
  });

  test("a specifier's word is replaced as a whole, its scheme too", () => {
    const { names, replaced } = complete("import { } from 'node:f|'");

    expect(names).toContain('node:fs/promises');
    expect(replaced).toBe('node:f');
  });
});

describe('completion of names', () => {
  test.each([
    { marked: 'const own = 1;\nreturn ow|', names: ['own'], replaced: 'ow' },
    { marked: 'class P { #abc = 1; pub = 2; m() { this.#a| } }', names: ['#abc'], replaced: '#a' },
  ])('$marked', ({ marked, names, replaced }) => {
    expect(complete(marked)).toEqual({ names: expect.arrayContaining(names) as unknown, replaced });
  });

  test('after the last line of a cell, its own names are among them', () => {
    expect(complete('const own = 1;\n|').names).toContain('own');
  });
});

test('a module can be inspected', () => {
  const code = "import * as helper from './helper.ts';\nhelper";
  const found = compiler.inspect({ ...place, code, position: code.length - 1 });
  const specifier = compiler.inspect({ ...place, code, position: code.indexOf('helper.ts') });

  expect(found?.text).toContain('helper');
  expect(specifier?.text).toContain('module');
});

describe('a cell that is nested too deep for the stack', () => {
  const named = { name: 'Cell [1]' };
  const compile = (code: string): ReturnType<CellCompiler['compile']> =>
    compiler.compile({ ...place, ...named, code, resolveFrom: folder });

  test.each([
    { what: 'to be parsed', code: `const z = ${'['.repeat(20_000)}${']'.repeat(20_000)}` },
    { what: 'to be checked', code: `'a'${'.trim()'.repeat(5000)}` },
  ])('$what is refused, and the next one compiles', ({ code }) => {
    const refused = compile(code);
    const next = compile('1 + 1');

    const diagnostic = { message: expect.stringContaining('too deep') as string, line: 1 };
    expect(refused).toMatchObject({ ok: false, diagnostics: [diagnostic] });
    expect(next).toMatchObject({ ok: true });
  });
});
