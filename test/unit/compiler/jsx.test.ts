import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { CellCompiler } from '../../../src/compiler/cell-compiler.js';
import { completenessOf } from '../../../src/compiler/completeness.js';
import { compileUntyped } from '../../../src/compiler/untyped.js';
import { Notebook } from './notebook.js';
import { CellLink, runCell } from './run-cell.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder: string;
let compiler: CellCompiler;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pxlab-jsx-'));
  const at = join(folder, 'node_modules', 'tiny');
  mkdirSync(at, { recursive: true });
  const files = {
    'package.json':
      '{"name":"tiny","type":"module","exports":{".":"./index.js","./jsx-runtime":"./jsx-runtime.js"}}',
    'index.js': 'export const h = (type, props, ...children) => [type, props, ...children];',
    'index.d.ts': `
      export declare function h(type: unknown, props: unknown, ...children: unknown[]): h.JSX.Element;
      export declare namespace h { namespace JSX {
        interface Element { readonly isElement: true }
        interface IntrinsicElements { p: { id?: string; children?: unknown } }
      } }`,
    'jsx-runtime.js':
      'export const jsx = (type, props) => ({ type, props }); export const Fragment = "fragment"; export const jsxs = jsx;',
    'jsx-runtime.d.ts': `export declare const jsx: unknown, jsxs: unknown, Fragment: unknown;
      export declare namespace JSX {
        interface Element { readonly isElement: true }
        interface IntrinsicElements { p: { id?: string; children?: unknown } }
        interface ElementChildrenAttribute { children: unknown }
      }`,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(at, name), text);
  compiler = new CellCompiler(folder);
});
afterAll(() => {
  compiler.close();
  rmSync(folder, { recursive: true });
});

const notebook = (): Notebook => new Notebook(compiler, { resolveFrom: folder });

test('a pragma says which function JSX becomes, of this cell or an earlier one', async () => {
  const cells = notebook();
  await cells.run(
    'function h(type: unknown, props: unknown, ...rest: unknown[]) { return [type, props, ...rest] }',
  );
  await cells.run('const Frag = "frag"');

  expect(await cells.run('/** @jsx h */ /** @jsxFrag Frag */\n<><p id="a">{1 + 1}</p></>')).toEqual(
    ['frag', null, ['p', { id: 'a' }, 2]],
  );
  expect(await cells.run('// first\n/* @jsx h */\nconst el = <b/>; el')).toEqual(['b', null]);
});

test('types come from the package of the pragma, and its runtime is a variable of the cell alone', async () => {
  const cells = notebook();
  const cell = cells.compile('/** @jsxImportSource tiny */\nconst p = <p id="x"><p/>text</p>;\np');
  const link = new CellLink();
  const runtime = { jsx: (...given: unknown[]) => given, jsxs: (...given: unknown[]) => given };
  Object.assign(link, {
    import: (specifier: string) => {
      link.loaded.push(specifier);
      return Promise.resolve(runtime);
    },
  });

  expect(await runCell(cell, cells.exports, link)).toEqual([
    'p',
    { id: 'x', children: [['p', {}], 'text'] },
  ]);
  expect(link.loaded).toEqual(['tiny/jsx-runtime']);
  expect(cell.names).toEqual(['p']);
  expect(Object.keys(cells.exports)).toEqual(['p']);
  expect(cells.errorsOf('const s: string = p')).toContain("Type 'Element' is not assignable");
  expect(cells.errorsOf('/** @jsxImportSource tiny */\n<p id={5}/>')).toContain(
    "cell:2:4 - Type 'number' is not assignable to type 'string'",
  );
  expect(cells.errorsOf('/** @jsxImportSource tiny */\n<q/>')).toContain(
    "'q' does not exist on type",
  );
  await cells.run('const h = 1');
});

test('a factory that a cell imports brings its types', () => {
  const cells = notebook();
  cells.compile("import { h } from 'tiny'");

  expect(cells.errorsOf('/** @jsx h */ const a = <p id="1"/>')).toBe('');
  expect(cells.errorsOf('/** @jsx h */ <p id={1}/>')).toContain("'number' is not assignable");
  expect(cells.errorsOf('/** @jsx k */ <p/>')).toContain("'k' to be in scope");
});

test('a package that is missing says how to get it, and JSX without a pragma what it needs', () => {
  const cells = notebook();

  expect(cells.errorsOf('/** @jsxImportSource absent */\n<p/>')).toContain(
    "Cannot find the package 'absent': `%npm install absent` brings it.",
  );
  expect(cells.errorsOf('const a = 1;\nconst b = <p>text</p>;')).toMatch(
    /^cell:2:\d+ - This cell holds JSX, and nothing says what it becomes\./,
  );
  expect(cells.errorsOf('/** @jsxImportSource absent */\n<p/>')).not.toContain('React');
  expect(cells.errorsOf('/** @jsx h */\nconst x = <p>{')).toMatch(/^cell:2:1[0-9] - .*\n.*<p>/);
  expect(cells.errorsOf('const list = [1,')).toMatch(
    /^cell:1:17 - Expression expected|^cell:1:17 - .* expected/,
  );
  expect(cells.errorsOf('const a = 1 +;')).toContain('Expression expected');
  expect(cells.errorsOf('/** @jsx h */\n<p>text</q>')).toContain('JSX closing tag');
});

test('casts and generic arrow functions stay TypeScript, beside a pragma too', async () => {
  const cells = notebook();

  expect(
    await cells.run('/** @jsx h */ const id = <T>(x: T) => x; const n = <number>id(1); n'),
  ).toBe(1);
  expect(await cells.run('let x: unknown = "text"; (<string>x).length')).toBe(4);
});

test('a cell after one with JSX is TypeScript again, and completion knows JSX', async () => {
  const cells = notebook();
  cells.compile('/** @jsxImportSource tiny */\nconst p = <p/>;');

  expect(await cells.run('<number>1')).toBe(1);
  const code = '/** @jsxImportSource tiny */\nconst q = <p i';
  const found = compiler.complete({
    ...{ side: 'notebook', base: cells.declarations },
    ...{ code: `${code}/>`, position: code.length },
  });
  expect(found.candidates.map(({ name }) => name)).toContain('id');
});

test('without types, and for consoles, it is the same', async () => {
  const compile = (code: string) => compileUntyped({ name: 'cell', code, resolveFrom: folder });
  const h = (...given: unknown[]): unknown[] => given;

  expect(await runCell(await compile('/** @jsx h */ <p>{1 as number}</p>'), { h })).toEqual([
    ...['p', null, 1],
  ]);
  await expect(compile('<p>text</p>')).rejects.toThrow('This cell holds JSX');
  expect(completenessOf('/** @jsx h */\nconst a = <p>').status).toBe('incomplete');
  expect(completenessOf('/** @jsx h */\nconst a = <p></p>').status).toBe('complete');
  expect(completenessOf('const a = <p></p>').status).toBe('complete');
});
