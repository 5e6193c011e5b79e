// In one file, though long: all tests share one converter, which takes a second or two to make.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CellCompiler } from '../../../src/compiler/cell-compiler.js';
import { declarationsOf } from '../../../src/wire/declarations.js';
import { Notebook } from './notebook.js';
import { CellLink, runCell } from './run-cell.js';

// The compiler works hard, and maybe on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** A notebook's folder of its own, with packages that have no types. */
let folder: string;
let compiler: CellCompiler;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pxlab-compiler-'));
  installPackage('untyped', 'exports.twice = (x) => 2 * x;');
  compiler = new CellCompiler(folder);
});
afterAll(() => {
  compiler.close();
  rmSync(folder, { recursive: true });
});

function installPackage(name: string, source: string): void {
  const at = join(folder, 'node_modules', name);
  mkdirSync(at, { recursive: true });
  writeFileSync(
    join(at, 'package.json'),
    JSON.stringify({ name, version: '1.0.0', main: 'index.js' }),
  );
  writeFileSync(join(at, 'index.js'), source);
}

const notebook = (): Notebook => new Notebook(compiler, { resolveFrom: folder });
const engine = (): Notebook => new Notebook(compiler, { side: 'engine', resolveFrom: folder });

describe('cells', () => {
  test('a variable of one cell is read, with its type, by the next', async () => {
    const cells = notebook();

    await cells.run('const a = 20; let b: string | undefined');

    expect(await cells.run('a + 1')).toBe(21);
    expect(cells.errorsOf('b.length')).toContain("'b' is possibly 'undefined'");
  });

  test('the shorthand of an earlier variable is its value', async () => {
    const cells = notebook();
    await cells.run('const k = 3');

    expect(await cells.run('({ k })')).toEqual({ k: 3 });
  });

  test('a lone top-level `for await` makes the cell asynchronous', () => {
    const cells = notebook();

    const { isAsync } = cells.compile('let sum = 0; for await (const x of [1, 2]) sum += x;');
    const inFunction = cells.compile(
      'async function f() { for await (const x of [1]); await f() }',
    );

    expect(isAsync).toBe(true);
    expect(inFunction.isAsync).toBe(false);
  });

  test('`export` is accepted', async () => {
    const cells = notebook();
    await cells.run('export const a = 1; export function f() { return a } export { a as b }');
    await cells.run(
      'export default class K {}; export default function () {}; export type T = number',
    );

    expect(await cells.run('const t: T = f() + a; [t, new K() instanceof K]')).toEqual([2, true]);
    expect(await cells.run("export { join } from 'node:path'; join('a', 'b')")).toBe('a/b');
  });

  test('a cell that throws keeps what it declared and assigned', async () => {
    const cells = notebook();

    await expect(
      cells.run('const kept = 5; throw new Error("boom"); const never = 1'),
    ).rejects.toThrow('boom');

    expect(await cells.run('kept')).toBe(5);
    expect(await cells.run('never')).toBe(undefined);
  });

  test('a function sees what its cell assigns later, and what a later cell assigns', async () => {
    const cells = notebook();

    await cells.run('let n = 1; const read = () => n; n = 2');

    expect(await cells.run('read()')).toBe(2);
    expect(await cells.run('n = 7; read()')).toBe(7);
  });

  test('`import()` goes through the module loader', () => {
    const cells = notebook();

    const { javascript } = cells.compile(`const { sep } = await import('node:path')`);

    expect(javascript).toContain('__px.import(');
    expect(javascript).not.toContain('require(');
  });

  test('an import is there for later cells, an unused one too; a type leaves no trace', async () => {
    const cells = notebook();

    const { names } = cells.compile(
      `import { join, type ParsedPath } from 'node:path'; import type { Stats } from 'node:fs'`,
    );
    await cells.run(`import { join } from 'node:path'; import * as os from 'node:os'`);

    expect(names).toEqual(['join']);
    expect(await cells.run(`join('a', 'b')`)).toBe('a/b');
    expect(await cells.run('const eol: string = os.EOL; eol')).toBe('\n');
  });

  test('a redefined name has its new type', async () => {
    const cells = notebook();
    await cells.run('const a = 1; function f() { return 1 }; interface I { x: number }');
    await cells.run('const a = "text"; function f() { return a }; interface I { y: string }');

    expect(await cells.run('const i: I = { y: f() }; i.y.toUpperCase() + a.length')).toBe('TEXT4');
  });

  test('interfaces, generics, enums, namespaces and abstract classes last', async () => {
    const cells = notebook();
    await cells.run(`
      interface Point<T> { x: T; y: T }
      enum Color { Red = 1, Green }
      const enum Fixed { One = 1 }
      namespace Geometry { export const origin: Point<number> = { x: 0, y: 0 } }
      abstract class Shape { abstract area(): number; describe() { return this.area() + ' m²' } }
      type Of<T> = T extends Point<infer U> ? U : never`);
    await cells.run('const unrelated = 1');

    expect(
      await cells.run(`
      class Square extends Shape { constructor(private side: number) { super() } area() { return this.side ** 2 } }
      const x: Of<Point<number>> = Geometry.origin.x;
      [new Square(3).describe(), Color.Green, Color[1], Fixed.One, x]`),
    ).toEqual(['9 m²', 2, 'Red', 1, 0]);
  });

  test('a cell that ends with a declaration has no value', async () => {
    const cells = notebook();

    expect(await cells.run('enum E { A }')).toBe(undefined);
    expect(await cells.run('namespace N { export const a = 1 }')).toBe(undefined);
    expect(await cells.run('1; interface I {}')).toBe(undefined);
  });

  test('standard decorators and `using` run on this Node', async () => {
    const cells = notebook();
    await cells.run(`
      const log: string[] = [];
      function logged(method: any, context: ClassMethodDecoratorContext) {
        return function (this: any, ...args: any[]) { log.push(String(context.name)); return method.apply(this, args) }
      }
      class Greeter { @logged greet() { return 'hi' } }
      function scoped() { using resource = { [Symbol.dispose]() { log.push('disposed') } }; log.push('body') }`);

    await cells.run('new Greeter().greet(); scoped()');

    expect(await cells.run('log')).toEqual(['greet', 'body', 'disposed']);
    expect(Object.keys(cells.exports).sort()).toEqual(['Greeter', 'log', 'logged', 'scoped']);
  });

  test('a top-level `using` stays open after its cell', async () => {
    const cells = notebook();

    await cells.run('let open = true; using door = { [Symbol.dispose]() { open = false } }');

    expect(await cells.run('door; open')).toBe(true);
  });

  test('a top-level `using` is handed over, and needs something that can be disposed of', async () => {
    const cells = notebook();
    const link = new CellLink();
    const later = '{ async [Symbol.asyncDispose]() {} }';
    const cell = cells.compile(
      `using a = null, b = { [Symbol.dispose]() {}, n: 1 };\nawait using c = ${later}; b.n`,
    );

    expect(await runCell(cell, cells.exports, link)).toBe(1);
    expect([link.opened, cell.names]).toEqual([
      ['a', 'b', 'await c'],
      ['a', 'b', 'c'],
    ]);
    expect(cells.errorsOf('b.n.length')).toContain("'length' does not exist on type 'number'");
    expect(cells.errorsOf('b = null')).toContain('Cannot assign');
    expect(cells.errorsOf('\nusing five = 5;')).toContain(
      "cell:2:14 - The initializer of a 'using' declaration must be either an object with a '[Symbol.dispose]()'",
    );
    expect(cells.errorsOf(`using d = ${later}`)).toContain("'using' declaration");
  });

  test('the same cell again gives the same declarations', () => {
    const cells = notebook();
    const code = 'let [a, b] = [1, "x"]; const f = <T>(x: T) => x; class K { n = 1 }';
    cells.compile(code);
    const { version } = cells.declarations;

    cells.compile(code);

    expect(cells.declarations.version).toBe(version);
  });

  test('each variable is a statement of its own in the declarations', () => {
    const cells = notebook();

    cells.compile('let a = 1, { b, c: [d] } = { b: "x", c: [true] }');

    expect(cells.declarations.text).toBe(
      'declare let a: number;\ndeclare let b: string;\ndeclare let d: boolean;\n',
    );
  });

  test('a variable whose type cannot be written down is `any`, the others keep theirs', async () => {
    const cells = notebook();
    await cells.run('const before = 1');

    await cells.run('const odd = (() => { class Hidden { private secret = 1 } return Hidden })()');

    expect(cells.errorsOf('before.length')).toContain("'length' does not exist");
    expect(cells.errorsOf('new odd()')).toBe('');
  });
});

describe('types', () => {
  test("Node's types, `require` and fetch are there in a folder without packages", () => {
    const cells = notebook();

    expect(
      cells.errorsOf(`
      const text: string = require('node:fs').readFileSync('x', 'utf8');
      const answer: Promise<Response> = fetch('http://localhost');
      const where: string = import.meta.dirname + __dirname + process.pid; Buffer.from('x'); performance.now()`),
    ).toBe('');
  });

  test('what a notebook user would be annoyed by is no error', () => {
    const cells = notebook();

    expect(
      cells.errorsOf(`
      function f(x, { y }, ...z) { return x + y }
      const counts = {}; for (const word of ['a']) counts[word] = 1;
      const list = []; list.push(1);
      try { throw 1 } catch (error) { error.message }
      function g() { return 1; f(1, { y: 1 }) }
      const unused = 1; const [first] = [1, 2]; let later: number; later = first;`),
    ).toBe('');
  });

  test('strict types are checked', () => {
    const cells = notebook();

    expect(cells.errorsOf('const n: number = "x"')).toContain(
      "'string' is not assignable to type 'number'",
    );
    expect(cells.errorsOf('[1].find((x) => x > 1).toFixed()')).toContain("possibly 'undefined'");
    expect(cells.errorsOf('const c = 1; c = 2')).toContain("Cannot assign to 'c'");
    cells.compile('const fixed = 1');
    expect(cells.errorsOf('fixed = 2')).toContain("Cannot assign to 'fixed'");
  });

  test('a package without types is `any`, one that is missing says how to get it', () => {
    const cells = notebook();

    expect(cells.errorsOf(`import { twice } from 'untyped'; twice(2).anything`)).toBe('');
    expect(cells.errorsOf(`import _ from '@scope/absent/deep'`)).toContain(
      '`%npm install @scope/absent`',
    );
    expect(cells.errorsOf(`import 'absent/effects'`)).toContain('`%npm install absent`');
    expect(cells.errorsOf(`import x from './absent'`)).toContain("Cannot find module './absent'");
  });

  test('a package that was installed after its import failed is found', () => {
    const cells = notebook();
    expect(cells.errorsOf(`import late from 'late'`)).toContain('npm install late');

    installPackage('late', 'module.exports = 1');

    expect(cells.errorsOf(`import late from 'late'`)).toBe('');
  });

  test('a local file is typed as it is saved now', () => {
    const cells = notebook();
    const file = join(folder, 'local.ts');
    writeFileSync(file, 'export const value: number = 1;');
    expect(cells.errorsOf(`import { value } from './local.ts'; const n: number = value`)).toBe('');

    writeFileSync(file, 'export const value: string = "longer";');

    expect(cells.errorsOf(`import { value } from './local.ts'; const n: number = value`)).toContain(
      "'string' is not assignable",
    );
  });
});

describe('two sides', () => {
  test('a name that lives in the notebook says how to send it', () => {
    const cells = notebook();
    cells.compile('const n = 1; interface Point { x: number }');
    const onEngine = new Notebook(compiler, { side: 'engine', notebook: cells.declarations });

    expect(onEngine.errorsOf('n + 1')).toBe(
      'cell:1:1 - `n` lives in the notebook: `await px.push({ n })` sends it to the engines.\nn + 1\n^',
    );
    expect(onEngine.errorsOf('let p: Point')).toContain(
      '`Point` is a type that is declared in the notebook only: declare it in a `%%px` cell too.',
    );
    expect(onEngine.errorsOf('({ n })')).toContain('`n` lives in the notebook');
    expect(onEngine.errorsOf('m')).toContain("Cannot find name 'm'");
  });

  test('a name that lives on the engines says how to bring it here', () => {
    const onEngine = engine();
    onEngine.compile('const seed = 1');
    const cells = new Notebook(compiler, { engines: onEngine.declarations });

    expect(cells.errorsOf('seed + 1')).toContain(
      "`seed` lives on the engines: `await px.pull('seed')` brings it here.",
    );
  });

  test('the two namespaces take turns and do not see each other', async () => {
    const [cells, onEngine] = [notebook(), engine()];

    await cells.run('const a = 1');
    await onEngine.run('const a = "text"');

    expect(await cells.run('a.toFixed(1)')).toBe('1.0');
    expect(await onEngine.run('a.toUpperCase()')).toBe('TEXT');
  });

  test('the ambient names are in exports, and never in the declarations', () => {
    const cells = notebook();

    const { javascript } = cells.compile(
      'const mine = [px, display]; function show() { display(px) }',
    );

    expect(javascript).toContain('[exports.px, exports.display]');
    expect(cells.declarations.text).not.toMatch(/declare const (?:px|display)/);
    expect(cells.errorsOf('const px = 1; px.toFixed()')).toBe('');
  });
});

test('two compilers in one process keep to their folders', () => {
  const other = new CellCompiler(tmpdir());

  const cells = notebook();

  expect(cells.errorsOf(`import { twice } from 'untyped'`)).toBe('');
  expect(new Notebook(other).errorsOf(`import { twice } from 'untyped'`)).toContain('npm install');
  expect(cells.errorsOf(`import { twice } from 'untyped'; twice(1)`)).toBe('');
  other.close();
});

describe('types that travel', () => {
  test('types of variables are described so that another namespace understands them', () => {
    const cells = notebook();
    cells.compile(`
      interface Point { x: number; y?: Point; tags: string[] }
      class Secret { #hidden = 1; private own = 2; open = new Map<string, Point>() }
      enum Level { Low, High }
      import { join } from 'node:path'
      const plain = { a: 1, b: ['x'] }, point: Point = { x: 1, tags: [] }, secret = new Secret();
      const level: Level = Level.Low, list = [point], f = (p: Point, n?: number) => p.x, pair: [Point, 1] = [point, 1];
      const bytes = new Float64Array(2), maybe: Point | undefined = undefined as Point | undefined`);

    const types = compiler.describe({
      base: cells.declarations,
      names: [
        'plain',
        'point',
        'secret',
        'level',
        'list',
        'f',
        'pair',
        'bytes',
        'maybe',
        'Point',
        'no',
      ],
    });

    const known = compiler.declare({ base: declarationsOf(''), types });
    const onEngine = engine();
    onEngine.declarations = known;
    expect(Object.keys(types)).not.toContain('no');
    expect(Object.keys(types)).not.toContain('Point');
    expect(
      onEngine.errorsOf(`
      const checks: [number, string, number, number, number | undefined, number] =
        [plain.a, plain.b[0], point.x, level, maybe?.x, pair[0].x];
      const size: number = secret.open.size + bytes.length + list[0].tags.length + f(point)`),
    ).toBe('');
    expect(onEngine.errorsOf('point.z')).toContain("'z' does not exist");
    expect(onEngine.errorsOf('secret.own')).toContain("'own' does not exist");
  });

  test('a declared variable takes the place of what bore its name, and a bad type is `any`', () => {
    const onEngine = engine();
    onEngine.compile('const a = "text"; const b = 1');

    onEngine.declarations = compiler.declare({
      base: onEngine.declarations,
      types: { a: 'number[]', c: 'Unknown', 'not a name': 'number' },
    });

    expect(onEngine.errorsOf('a[0].toFixed(); b.toFixed(); c.anything')).toBe('');
    expect(onEngine.errorsOf('a.toUpperCase()')).toContain('does not exist');
  });
});

describe('assistance', () => {
  test('completion knows earlier cells and members', () => {
    const cells = notebook();
    cells.compile('const speed = { fast: 1, slow: 2 }');
    const base = cells.declarations;

    const names = compiler.complete({
      side: 'notebook',
      code: 'const x = spe',
      position: 13,
      base,
    });
    const members = compiler.complete({ side: 'engine', code: 'speed.f + 1', position: 7, base });

    expect(names.candidates).toContainEqual({ name: 'speed', kind: 'instance' });
    const candidates = [{ name: 'fast', kind: 'property' }];
    expect(members).toMatchObject({ start: 6, end: 7, candidates });
  });

  test('inspection shows the declaration and its documentation', () => {
    const cells = notebook();
    cells.compile('/** Doubles a number. */\nfunction twice(n: number) { return 2 * n }');
    const base = cells.declarations;

    const found = compiler.inspect({ side: 'notebook', code: 'twice(1)', position: 2, base });

    expect(found).toEqual({
      text: 'function twice(n: number): number',
      documentation: 'Doubles a number.',
      start: 0,
      end: 5,
    });
    expect(compiler.inspect({ side: 'notebook', code: '1 + 1', position: 2, base })).toBe(
      undefined,
    );
  });
});
