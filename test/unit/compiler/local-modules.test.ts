import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { locate } from '../../../src/compiler/local-modules.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pxlab-modules-'));
  mkdirSync(join(folder, 'tools'));
  mkdirSync(join(folder, 'node_modules', 'p'), { recursive: true });
  const files = {
    'a.ts': "import { b } from './b.js';\nexport const a = b;",
    'b.ts': "import data from './data.json';\nexport const b = data.n;",
    'data.json': '{ "n": 1 }',
    'apart.ts': 'export {};',
    'both.js': '',
    'both.ts': '',
    'old.cjs': '',
    'tools/index.ts': "export * from '../a';",
    'node_modules/p/main.js': '',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The file that a specifier leads to, without its version. */
function fileOf(specifier: string, from: string = folder): string | undefined {
  return locate(specifier, from)
    ?.split('?')[0]
    ?.slice(pathToFileURL(folder).href.length + 1);
}

test.each([
  ['./a.ts', 'a.ts'],
  ['./a', 'a.ts'],
  ['./a.js', 'a.ts'],
  ['./both.js', 'both.js'],
  ['./both', 'both.ts'],
  ['./tools', 'tools/index.ts'],
  ['./data.json', 'data.json'],
  ['./data', 'data.json'],
  ['./old.cjs', 'old.cjs'],
  ['./none', undefined],
  ['p', undefined],
  ['node:fs', undefined],
  ['./node_modules/p/main.js', undefined],
])('%s leads to %s', (specifier, file) => {
  expect(fileOf(specifier)).toBe(file);
});

test('specifiers count from the folder of the importing module', () => {
  expect(fileOf('../a', join(folder, 'tools'))).toBe('a.ts');
  expect(fileOf(join(folder, 'a.ts'), tmpdir())).toBe('a.ts');
  expect(fileOf(pathToFileURL(join(folder, 'a.ts')).href, tmpdir())).toBe('a.ts');
});

test('the URL is another one when the file, or one that it leads to, has changed', () => {
  const before = ['./a', './tools', './apart'].map((each) => locate(each, folder));
  const again = ['./a', './tools', './apart'].map((each) => locate(each, folder));
  writeFileSync(join(folder, 'data.json'), '{ "n": 2 }');
  const after = ['./a', './tools', './apart'].map((each) => locate(each, folder));

  expect(again).toEqual(before);
  expect(after[0]).not.toBe(before[0]);
  expect(after[1]).not.toBe(before[1]);
  expect(after[2]).toBe(before[2]);
});

test('modules that import each other have one version', () => {
  writeFileSync(join(folder, 'x.ts'), "import './y'; export const x = 1;");
  writeFileSync(join(folder, 'y.ts'), "import './x'; export const y = 1;");
  const versions = ['./x', './y'].map((each) => locate(each, folder)?.split('?')[1]);

  expect(versions[0]).toMatch(/^pxlab=\w{16}$/);
  expect(versions[1]).toBe(versions[0]);
});
