// In one file, though long: one test for each form of the language that the transform has to know.

import { describe, expect, test } from 'vitest';
import { transformCell, type TransformedCell } from '../../../src/compiler/cell-transform.js';
import { CellLink, runCell, type Exports } from './run-cell.js';

const transform = (code: string, earlier: readonly string[] = []): TransformedCell =>
  transformCell(code, {
    declares: () => true,
    free: (name) => (earlier.includes(name) ? 'exports' : 'outside'),
    resolveFrom: '/notebooks',
  });

/** Runs `code` as a cell of a namespace that holds `exports`. */
const run = (code: string, exports: Exports = {}, link?: CellLink): Promise<unknown> =>
  runCell({ ...transform(code, Object.keys(exports)), name: 'cell' }, exports, link);

describe('declarations become properties of exports', () => {
  const cases: [code: string, expected: Exports][] = [
    ['const a = 1, b = a + 1', { a: 1, b: 2 }],
    ['let a; let b = 2', { a: undefined, b: 2 }],
    ['var a = 1; var b', { a: 1, b: undefined }],
    [
      'const { a, b: c, ...rest } = { a: 1, b: 2, d: 3, e: 4 }',
      { a: 1, c: 2, rest: { d: 3, e: 4 } },
    ],
    ['const { a = 1, b: { c = 2 } = {} } = {}', { a: 1, c: 2 }],
    ['const [a, , b = 3, ...rest] = [1, 2, undefined, 4, 5]', { a: 1, b: 3, rest: [4, 5] }],
    ['let { a } = { a: 1 }, [b] = [2]', { a: 1, b: 2 }],
    ['const key = "k"; const { [key]: value } = { k: 5 }', { key: 'k', value: 5 }],
    ['for (var i = 0, n = 3; i < n; i++);', { i: 3, n: 3 }],
    ['for (var k in { x: 1, y: 2 });', { k: 'y' }],
    ['for (var [a, { b }] of [[1, { b: 2 }]]);', { a: 1, b: 2 }],
    ['let sum = 0; for (const x of [1, 2, 3]) sum += x', { sum: 6 }],
    ['if (true) { var inner = 1; let hidden = 2 }', { inner: 1 }],
    ['let n = 1; n++; ++n; n += 2; n **= 2', { n: 25 }],
    ['let a = 1, b = 2; [a, b] = [b, a]', { a: 2, b: 1 }],
    ['let a, b; ({ a, x: b = 7 } = { a: 3 })', { a: 3, b: 7 }],
    ['let a; a ??= 4; let b = 0; b ||= 5; let c = 1; c &&= 6', { a: 4, b: 5, c: 6 }],
    ['export const a = 1; export { a as b }; export default a', { a: 1 }],
    ['const a = 1; { const a = 2; { var b = a } }', { a: 1, b: 2 }],
    ['try { throw 1 } catch (e) { var caught = e }', { caught: 1 }],
    ['label: for (var i = 0; ; i++) { if (i > 2) break label }', { i: 3 }],
    ['switch (1) { case 1: var hit = true }', { hit: true }],
  ];

  test.each(cases)('%s', async (code, expected) => {
    const exports: Exports = {};

    await run(code, exports);

    expect(exports).toEqual(expected);
    expect(new Set(transform(code).names)).toEqual(new Set(Object.keys(expected)));
  });
});

describe('the value of a cell', () => {
  const cases: [code: string, value: unknown][] = [
    ['1 + 1', 2],
    ['1 + 1;', 2],
    ['const a = 2\na // the value', 2],
    ['(1, 2)', 2],
    ['1, 2;', 2],
    ['({ a: 1 })', { a: 1 }],
    ['"text"', 'text'],
    ['"use strict"', undefined],
    ['const a = 1', undefined],
    ['let a; a = 3', 3],
    ['await Promise.resolve(4)', 4],
    ['Promise.resolve(5)', 5],
    ['function f() { return 1 }', undefined],
    ['if (true) 1', undefined],
    ['1; ;', 1],
    ['export default 6', 6],
    ['`a${1}b`', 'a1b'],
    ['', undefined],
  ];

  test.each(cases)('of %j is %j', async (code, value) => {
    expect(await run(code)).toEqual(value);
  });
});

describe('functions and classes', () => {
  test('a function is there before its statement, keeps its name and can be replaced', async () => {
    const exports: Exports = {};

    expect(await run('const early = f(); function f() { return 1 }; early', exports)).toBe(1);
    expect(await run('f.name', exports)).toBe('f');
    await run('const call = () => f()', exports);
    await run('function f() { return 2 }', exports);

    expect(await run('call()', exports)).toBe(2);
  });

  test('a recursive function that is kept calls the one that bears its name now', async () => {
    const exports: Exports = {};
    await run(
      'function down(n) { return n === 0 ? "old" : down(n - 1) } const kept = down',
      exports,
    );

    await run('function down() { return "new" }', exports);

    expect(await run('kept(2)', exports)).toBe('new');
  });

  test('arrows, function expressions and classes take the name of their variable', async () => {
    const code = `const arrow = () => 1, named = function () {}, K = class {}; let later; later = () => 2;
      [arrow.name, named.name, K.name, later.name, arrow(), later()]`;

    expect(await run(code)).toEqual(['arrow', 'named', 'K', 'later', 1, 2]);
  });

  test('a call does not hand exports to the function', async () => {
    const exports: Exports = {};
    await run('function self() { return this } const tag = function () { return this }', exports);

    expect(await run('self()', exports)).toBe(undefined);
    expect(await run('tag`x`', exports)).toBe(undefined);
    expect(await run('self?.()', exports)).toBe(undefined);
  });

  test('classes with fields, statics, private members, inheritance and accessors', async () => {
    const code = `
      class Base { #secret = 1; static made = 0; static { Base.made = 5 } get secret() { return this.#secret } }
      class Derived extends Base { own = Base.made; static of() { return new Derived() } }
      [Derived.of().secret, Derived.of().own, Derived.name, new Derived() instanceof Base]`;

    expect(await run(code)).toEqual([1, 5, 'Derived', true]);
  });

  test('closures count on their own, and in the namespace', async () => {
    const exports: Exports = {};
    await run('let total = 0; const counter = (n) => () => { total++; return n++ }', exports);

    expect(await run('const a = counter(5); a(); a(); [a(), total]', exports)).toEqual([7, 3]);
  });

  test('generators, async generators and spread', async () => {
    const code = `function* g(n) { for (let i = 0; i < n; i++) yield i }
      async function* ag(n) { for (const x of g(n)) yield await x }
      const seen = []; for await (const x of ag(3)) seen.push(x); [...g(2), ...seen]`;

    expect(await run(code)).toEqual([0, 1, 0, 1, 2]);
  });
});

describe('names', () => {
  test('what a function shadows is left alone', async () => {
    const code = `const a = 1;
      const of = { param: ((a) => a)(2), local: (() => { let a = 3; return a })(), property: { a: 4 }.a,
        method: { a() { return 5 } }.a(), caught: (() => { try { throw 6 } catch (a) { return a } })(),
        labelled: (() => { a: for (;;) break a; return 7 })(), named: (function a() { return typeof a })() };
      of`;

    expect(await run(code)).toEqual({
      param: 2,
      local: 3,
      property: 4,
      method: 5,
      caught: 6,
      labelled: 7,
      named: 'function',
    });
  });

  test('shorthands of cells, in literals and in patterns', async () => {
    const exports: Exports = { k: 1, p: 0 };

    expect(
      await run('const m = 2; ({ p } = { p: 9 }); ({ k, m, p, nested: { k } })', exports),
    ).toEqual({ k: 1, m: 2, p: 9, nested: { k: 1 } });
  });

  test('typeof, optional chains and `in` with names of cells', async () => {
    const exports: Exports = { o: { f: () => 1 }, nothing: undefined };

    expect(await run('[typeof o, typeof missing, o?.f(), nothing?.x, "f" in o]', exports)).toEqual([
      'object',
      'undefined',
      1,
      undefined,
      true,
    ]);
  });

  test('a function may call its own variables exports, __px and __cell', async () => {
    const exports: Exports = { a: 1 };
    const code = `const f = (exports) => [exports, a];
      const g = async (__px, { __cell }) => [await __px, __cell, a];
      const h = () => { const exports = 3; return { exports, a } };
      function exports_1() {}
      [f(2), await g(4, { __cell: 5 }), h()]`;

    expect(await run(code, exports)).toEqual([[2, 1], [4, 5, 1], { exports: 3, a: 1 }]);
  });

  test('a cell may declare the names of its wrapper', async () => {
    const exports: Exports = {};
    const code = `const require = 1; let __px = 2; function exports() { return __cell } class __cell {}
      [require, __px, exports() === __cell, exports.name, await 3]`;

    const [requireValue, px, isClass, , awaited] = (await run(code, exports)) as unknown[];

    expect([requireValue, px, isClass, awaited]).toEqual([1, 2, true, 3]);
  });

  test('statements without semicolons stay apart', async () => {
    const exports: Exports = { f: () => [1, 2], list: [] };
    const code = `const a = 1
      f()
      let b = a
      f()
      const fn = () => { return b }
      f().map((x) => x)
      do b++; while (b < 3)
      f()
      b`;

    expect(await run(code, exports)).toBe(3);
  });
});

describe('imports', () => {
  test('default, named and namespace imports are bound, wherever they stand', async () => {
    const code = `const joined = join('a', 'b')
      import { join, sep as separator } from 'node:path'
      import path, * as all from 'node:path';
      [joined, separator, path.join === join, all.join === join]`;

    expect(transform(code).isAsync).toBe(true);
    expect(await run(code)).toEqual(['a/b', '/', true, true]);
    expect(transform(code).names).toEqual(
      expect.arrayContaining(['join', 'separator', 'path', 'all']),
    );
  });

  test('an import for its effects, and one at run time', async () => {
    const link = new CellLink();

    const name = await run(
      `import 'node:os'; const { basename } = await import('node:path'); basename('/x/y')`,
      {},
      link,
    );

    expect(name).toBe('y');
    expect(link.loaded).toEqual(['node:os', 'node:path']);
  });

  test('import.meta speaks of the folder of the notebook', async () => {
    expect(
      await run('[import.meta.dirname, import.meta.filename, import.meta.url, __dirname]'),
    ).toEqual(['/notebooks', '/notebooks/__px__.js', 'file:///notebooks/__px__.js', '/notebooks']);
  });

  test('an exported list from a module is imported', async () => {
    const exports: Exports = {};

    await run(
      `export { join as glue } from 'node:path'; export * as paths from 'node:path'`,
      exports,
    );

    expect(transform(`export { join as glue } from 'node:path'`).names).toEqual(['glue']);
    expect(typeof exports['glue']).toBe('function');
    expect(typeof exports['paths']).toBe('object');
  });
});

describe('a stopped cell', () => {
  /** Runs until `pause` is awaited, stops the cell, lets go, and tells whether anything ran after it. */
  const goesOnAfterStop = async (code: string): Promise<boolean> => {
    const link = new CellLink();
    let release: (value: unknown) => void = () => undefined;
    const pause = new Promise((resolve) => (release = resolve));
    const exports: Exports = { pause, ghost: false };

    const running = run(code, exports, link);
    link.cell = { name: 'another' };
    release([1]);
    await running.catch(() => undefined);

    return exports['ghost'] === true;
  };

  const shapes: [code: string][] = [
    ['await pause; ghost = true'],
    ['async function f() { await pause; ghost = true } await f()'],
    ['const f = async () => { await pause; ghost = true }; await f()'],
    ['const f = async () => (await pause, ghost = true); await f()'],
    ['const o = { async m() { await pause; ghost = true } }; await o.m()'],
    ['class A { async m() { await pause; ghost = true } } await new A().m()'],
    ['async function* g() { await pause; ghost = true; yield 1 } for await (const x of g());'],
    ['async function* g() { yield pause } for await (const x of g()) ghost = true'],
    ['async function* g() { yield pause } for await (const x of g()) { ghost = true }'],
    ['const f = async () => { for await (const x of [pause]) { ghost = true } }; await f()'],
    ['const f = async () => { "use strict"; await pause; ghost = true }; await f()'],
    ['try { await pause } finally { await 1; ghost = true }'],
    ['const f = async function () { const [x] = await pause; ghost = true }; await f()'],
  ];

  test.each(shapes)('ends at the await: %s', async (code) => {
    expect(await goesOnAfterStop(code)).toBe(false);
  });

  test('without a stop the same shapes go on', async () => {
    for (const [code] of shapes) {
      const exports: Exports = { pause: Promise.resolve([1]), ghost: false };
      await run(code, exports);
      expect(exports['ghost'], code).toBe(true);
    }
  });

  test('functions that do not await ask nothing', () => {
    expect(transform('async function f() { return 1 } const g = () => 2').javascript).not.toContain(
      '__cell',
    );
  });
});
