import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { CellCompiler } from '../../../src/compiler/cell-compiler.js';
import { locate } from '../../../src/compiler/local-modules.js';
import { ProjectConfigFile } from '../../../src/compiler/project-config.js';
import { moduleFromTypeScript } from '../../../src/compiler/transpile-module.js';
import { Notebook } from './notebook.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder: string;
let compiler: CellCompiler;
let written = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pxlab-tsconfig-'));
  write('lib/tool.ts', "import { deep } from '@lib/deep/one';\nexport const tool: number = deep;");
  write('lib/deep/one.ts', 'export const deep: number = 1;');
  write('node_modules/real/package.json', '{"name":"real","main":"main.js"}');
  write('node_modules/real/main.js', '');
  compiler = new CellCompiler(folder);
});
afterAll(() => {
  compiler.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  rmSync(join(folder, 'tsconfig.json'), { force: true });
});

/** Writes a file, at a time of its own however quick the test is. */
function write(name: string, text: string): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  const time = 1_700_000_000 + ++written;
  utimesSync(path, time, time);
}

function configure(compilerOptions: object, more: object = {}): void {
  write('tsconfig.json', JSON.stringify({ compilerOptions, ...more }));
}

const notebook = (common = {}): Notebook =>
  new Notebook(compiler, { resolveFrom: folder, typecheck: 'default', ...common });

/** What a cell says beside its outcome. */
function noteOf(code: string): string | undefined {
  return compiler.compile({
    ...{ side: 'notebook', name: 'cell', code, resolveFrom: folder },
    base: notebook().declarations,
  }).note;
}

function fileOf(specifier: string, from: string = folder): string | undefined {
  const start = pathToFileURL(folder).href.length + 1;
  return locate(specifier, from)?.split('?')[0]?.slice(start);
}

const loose = 'let s: string = null;';
const anyUntyped = 'function f(x) { return x }';

test('`strict` and its flags count from the next cell on, `%typecheck` comes before them', () => {
  const cells = notebook();
  expect(cells.errorsOf(loose)).toContain("'null' is not assignable");

  configure({ strict: false });
  expect(cells.errorsOf(loose)).toBe('');
  expect(notebook({ typecheck: 'strict' }).errorsOf(loose)).toContain('not assignable');
  configure({ strict: true, strictNullChecks: false });
  expect(cells.errorsOf(loose)).toBe('');
  expect(notebook({ side: 'engine' }).errorsOf(loose)).toBe('');
  configure({ noUncheckedIndexedAccess: true });
  expect(cells.errorsOf('const n: number = [1][0]')).toContain("'undefined' is not assignable");
  expect(notebook({ typecheck: 'loose' }).errorsOf(loose)).toBe('');
});

test('`noImplicitAny` by name asks for types everywhere, `strict` alone does not', () => {
  configure({ strict: true });
  expect(notebook().errorsOf(anyUntyped)).toBe('');

  configure({ noImplicitAny: true });
  expect(notebook().errorsOf(anyUntyped)).toContain("implicitly has an 'any' type");
  expect(notebook({ typecheck: 'strict' }).errorsOf(anyUntyped)).toBe('');
});

test('`jsx` says what JSX becomes; a pragma comes before it', () => {
  configure({ jsx: 'react', jsxFactory: 'make', jsxFragmentFactory: 'parts' });
  const cells = notebook();
  cells.compile('const make = (...given: unknown[]) => given, h = make, parts = 0;');

  expect(cells.compile('<><a/></>').javascript).toContain('(0, exports.make)(exports.parts, null,');
  expect(cells.compile('/** @jsx h */ <a/>').javascript).toContain('(0, exports.h)("a", null)');
  expect(cells.errorsOf('const id = <T>(x: T) => x; <number>id(1)')).toBe('');
  configure({ jsx: 'preserve', jsxImportSource: 'absent' });
  expect(cells.errorsOf('<a/>')).toContain('%npm install absent');
});

test('files that a module brings take JSX from the same tsconfig.json', () => {
  configure({ jsx: 'react-jsx', jsxImportSource: 'mine' });
  const path = join(folder, 'lib', 'view.tsx');

  expect(moduleFromTypeScript('export const a = <b/>;', path)).toContain('"mine/jsx-runtime"');
  const classic = '/** @jsxRuntime classic */ /** @jsx h */ export const a = <b/>;';
  expect(moduleFromTypeScript(classic, path)).toContain('h("b"');
});

test('`paths` are those of types and of modules, in cells and in what they import', () => {
  configure({
    paths: { '@lib/*': ['./lib/*'], tool: ['./lib/none', './lib/tool'], real: ['./lib/tool'] },
  });
  const cells = notebook();

  expect(cells.errorsOf("import { tool } from 'tool'; const n: number = tool")).toBe('');
  expect(cells.errorsOf("import { tool } from '@lib/tool'; const s: string = tool")).toContain(
    "'number' is not assignable to type 'string'",
  );
  expect(fileOf('tool')).toBe('lib/tool.ts');
  expect(fileOf('@lib/deep/one')).toBe('lib/deep/one.ts');
  expect(fileOf('@lib/deep/one', join(folder, 'lib'))).toBe('lib/deep/one.ts');
  expect(fileOf('@lib/none')).toBe(undefined);
  expect(fileOf('node:fs')).toBe(undefined);
  const before = locate('tool', folder);
  write('lib/deep/one.ts', 'export const deep: number = 2;');
  expect(locate('tool', folder)).not.toBe(before);
});

test('`baseUrl`, `extends`, comments, and names of packages', () => {
  write(
    'base/tsconfig.base.json',
    '{ // base\n "compilerOptions": { "strict": false, "paths": { "b": ["../lib/tool"], }, }, }',
  );
  configure({ types: ['node'] }, { extends: './base/tsconfig.base' });
  const cells = notebook();
  expect(cells.errorsOf(loose)).toBe('');
  expect(fileOf('b')).toBe('lib/tool.ts');
  expect(cells.errorsOf("import { tool } from 'b'; tool.toFixed()")).toBe('');

  write('base/tsconfig.base.json', '{ "compilerOptions": { "strict": true } }');
  expect(cells.errorsOf(loose)).toContain('not assignable');
  configure({ baseUrl: './lib', paths: { other: ['../node_modules/real'] } });
  expect(fileOf('deep/one')).toBe('lib/deep/one.ts');
  expect(fileOf('other')).toBe('node_modules/real/main.js');
  expect(cells.errorsOf("import { deep } from 'deep/one'; deep.toFixed()")).toBe('');
});

test('what cells do not take is said once, the rest by %typecheck', () => {
  configure({
    strict: true,
    target: 'es2020',
    outDir: 'out',
    experimentalDecorators: true,
    lib: ['es2020', 'dom'],
  });

  expect(noteOf('1')).toBe(
    'tsconfig.json: cells do not take experimentalDecorators, lib from it.\n',
  );
  expect(noteOf('2')).toBe(undefined);
  expect(compiler.describeProject()).toBe(
    'tsconfig.json: cells take strict true.\n' +
      'tsconfig.json: cells do not take experimentalDecorators, lib, target, outDir.\n',
  );
  configure({
    target: 'es2020',
    module: 'nodenext',
    lib: ['es2020'],
    types: ['node'],
    jsx: 'react',
  });
  expect(noteOf('3')).toBe(undefined);
  expect(compiler.describeProject()).toContain('cells take jsx react.');
});

test('a file that is broken is one sentence, and left aside', () => {
  write('tsconfig.json', '{\n  "compilerOptions": { "strict": false \n');
  expect(notebook().errorsOf(loose)).toContain('not assignable');
  write('tsconfig.json', '{\n  "compilerOptions": { "strict": false ]\n');
  expect(noteOf('4')).toMatch(/^tsconfig\.json is left aside: tsconfig\.json:\d:\d+ - .+\.\n$/);
  configure({ strict: false }, { extends: './nowhere.json' });
  expect(noteOf('5')).toMatch(/^tsconfig\.json is left aside: .*nowhere\.json.*\n$/);
  expect(notebook().errorsOf(loose)).toContain('not assignable');
  configure({ strict: false, nonsense: 1 });
  expect(noteOf('6')).toBe("tsconfig.json: Unknown compiler option 'nonsense'.\n");
  expect(notebook().errorsOf(loose)).toBe('');
});

test('a folder without the file has none of it, and finds no files of projects', () => {
  const project = new ProjectConfigFile(folder).read();

  expect(project).toMatchObject({ isThere: false, checks: {}, jsx: {}, paths: {} });
  expect(compiler.describeProject()).toBe('');
});
