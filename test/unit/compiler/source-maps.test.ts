import { SourceMap, type SourceMapPayload } from 'node:module';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CellCompiler } from '../../../src/compiler/cell-compiler.js';
import { compileUntyped } from '../../../src/compiler/untyped.js';
import type { CompiledCell } from '../../../src/wire/cell.js';
import { Notebook } from './notebook.js';
import { runCell } from './run-cell.js';

// The compiler works hard, and maybe on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let compiler: CellCompiler;
beforeAll(() => {
  compiler = new CellCompiler(process.cwd());
});
afterAll(() => compiler.close());

const compilers: [kind: string, compile: (code: string) => Promise<CompiledCell>][] = [
  ['typed', (code) => Promise.resolve(new Notebook(compiler).compile(code))],
  ['untyped', (code) => compileUntyped({ name: 'Cell [1]', code, resolveFrom: process.cwd() })],
];

/** Places in the cell, `line:column` from 1, of the frames that an error has in it. */
async function framesOf(cell: CompiledCell): Promise<string[]> {
  const thrown: unknown = await runCell(cell, {}).catch((error: unknown) => error);
  if (!(thrown instanceof Error)) throw new Error('The cell did not throw.');
  const map = new SourceMap(JSON.parse(cell.sourceMap) as SourceMapPayload);
  return [...String(thrown.stack).matchAll(/Cell \[1\]:(\d+):(\d+)/g)].map(([, line, column]) => {
    const entry = map.findEntry(Number(line) - 1, Number(column) - 1);
    if (!('originalLine' in entry)) return 'nowhere';
    return `${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}

describe.each(compilers)('an error in a %s cell points to what was typed', (_, compile) => {
  const cases: [what: string, code: string, frames: string[]][] = [
    ['at the top', 'const a = 1;\n\n  throw new Error("x")', ['3:9']],
    [
      'in a function of the cell',
      'function f(x) {\n  if (x) throw new Error("x");\n}\nconst a = 1;\nvoid f(a)',
      ['2:16', '5:7'],
    ],
    [
      'below an import',
      'import { join } from "node:path"\nconst p = join("a");\nglobalThis.missing.x',
      ['3:20'],
    ],
    [
      'after an await',
      'const x = await 1;\n  await Promise.resolve(x);\n  throw new Error("x")',
      ['3:9'],
    ],
    [
      'in an async arrow',
      'const f = async (x) =>\n  g(await x);\nfunction g(y) {\n    throw new TypeError("x") }\nawait f(1)',
      ['4:11', '2:4', '5:1'],
    ],
    [
      'in a class',
      'class A {\n  m() { return globalThis.missing.x }\n}\nnew A().m()',
      ['2:35', '4:9'],
    ],
    [
      'in a callback',
      'const xs = [1, 2];\nxs.map((x) => {\n  throw new Error(String(x))\n})',
      ['3:9', '2:4'],
    ],
    ['behind tabs and wide characters', 'const π = "日本";\n\tthrow new Error(π)', ['2:8']],
  ];

  test.each(cases)('%s', async (_what, code, frames) => {
    expect(await framesOf(await compile(code))).toEqual(frames);
  });
});

test('a map holds the text of the cell, and an address that begins as it does and is the same for the same text', async () => {
  for (const [, compile] of compilers) {
    const [cell, again] = [
      await compile('const a: number = 1'),
      await compile('const a: number = 1'),
    ];
    const other = await compile('// «?»\n\nconst a: number = 2');
    const [map, mapAgain, otherMap] = [cell, again, other].map(
      ({ sourceMap }) => JSON.parse(sourceMap) as { sources: string[] },
    );

    expect(map).toMatchObject({
      version: 3,
      sources: [expect.stringMatching(/^pxlab:\/\/\/const-a-number-1-[0-9a-f]{8}\.ts$/)],
      sourcesContent: ['const a: number = 1'],
    });
    expect(mapAgain?.sources).toEqual(map?.sources);
    expect(otherMap?.sources).toEqual([
      expect.stringMatching(/^pxlab:\/\/\/const-a-number-2-[0-9a-f]{8}\.ts$/),
    ]);
  }
});

test.each([
  ['the last expression', '1;\n  2 + 2', '__px.result(', '2:3'],
  ['an await', 'async function f(x) {\n  await x;\n}', '__px.resume(', '2:3'],
  ['an await in an expression', 'const p = 1;\nconst q = 1 +\n  (await p);', '__px.resume(', '3:4'],
])('the call of ours around %s stands for its beginning', async (_, code, call, place) => {
  for (const [, compile] of compilers) {
    const { javascript, sourceMap } = await compile(code);
    const before = javascript.slice(0, javascript.indexOf(call)).split('\n');
    const map = new SourceMap(JSON.parse(sourceMap) as SourceMapPayload);

    const entry = map.findEntry(before.length - 1, before.at(-1)?.length ?? 0);

    const { originalLine, originalColumn } = entry as Required<typeof entry> & {
      originalLine: number;
      originalColumn: number;
    };
    expect(`${originalLine + 1}:${originalColumn + 1}`).toBe(place);
  }
});
