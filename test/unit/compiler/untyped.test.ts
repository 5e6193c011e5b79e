import { describe, expect, test } from 'vitest';
import { compileUntyped } from '../../../src/compiler/untyped.js';
import type { CompiledCell } from '../../../src/wire/cell.js';
import { runCell, type Exports } from './run-cell.js';

const compile = (code: string): Promise<CompiledCell> =>
  compileUntyped({ name: 'Cell [1]', code, resolveFrom: process.cwd() });

const run = async (code: string, exports: Exports = {}): Promise<unknown> =>
  runCell(await compile(code), exports);

describe('names that the cell does not declare', () => {
  test('are read from the namespace, then from the globals', async () => {
    const exports: Exports = { a: 1, f: () => 2, performance: 'mine' };

    expect(await run('[a, f(), performance, typeof setTimeout, Math.max(a, 5)]', exports)).toEqual([
      1,
      2,
      'mine',
      'function',
      5,
    ]);
  });

  test('fail as names do when nobody has them, and `typeof` does not', async () => {
    await expect(run('missing + 1')).rejects.toThrow(new ReferenceError('missing is not defined'));
    await expect(run('({ missing })')).rejects.toThrow('missing is not defined');

    expect(await run('typeof missing')).toBe('undefined');
    expect(await run('typeof there', { there: 1 })).toBe('number');
  });

  test('are looked up when they are used', async () => {
    const exports: Exports = {};
    await run('const later = () => late', exports);

    await run('const late = 3', exports);

    expect(await run('later()', exports)).toBe(3);
  });

  test('are assigned in the namespace', async () => {
    const exports: Exports = { n: 1, o: {} };

    await run(
      'n += 2; fresh = 5; [x, { y }] = [1, { y: 2 }]; for (k of [7]); n++; o.p = 1',
      exports,
    );

    expect(exports).toEqual({ n: 4, fresh: 5, x: 1, y: 2, k: 7, o: { p: 1 } });
  });

  test('are called without a receiver', async () => {
    const exports: Exports = {
      self(this: unknown) {
        return this === undefined || this === globalThis;
      },
    };

    expect(await run('self()', exports)).toBe(true);
  });
});

describe('syntax', () => {
  test('JavaScript compiles without loading TypeScript', async () => {
    const { javascript } = await compile('a < b; [c > (d)]');

    expect(javascript).toContain('<');
  });

  test('types are dropped', async () => {
    const code = `
      interface Point { x: number }
      enum Color { Red = 3 }
      const point: Point = { x: 1 as number };
      function first<T>(items: T[]): T | undefined { return items[0]! }
      class Named { constructor(readonly name: string) {} }
      import { join } from 'node:path';
      import type { Stats } from 'node:fs';
      [point.x, first<number>([2]), Color.Red, new Named('n').name, new Map<string, number>().size, join('a', 'b')]`;

    const exports: Exports = {};

    expect(await run(code, exports)).toEqual([1, 2, 3, 'n', 0, 'a/b']);
    expect(Object.keys(exports).sort()).toEqual(['Color', 'Named', 'first', 'join', 'point']);
  });

  test('a call with type arguments is no comparison', async () => {
    expect(await run('f<number>(3)', { f: (x: unknown) => x })).toBe(3);
  });

  test('an import that only a later cell uses is kept when there are types', async () => {
    const exports: Exports = {};

    await run(`import { join } from 'node:path'; const n: number = 1`, exports);

    expect(typeof exports['join']).toBe('function');
  });

  test('helpers of TypeScript stay inside', async () => {
    const exports: Exports = {};

    await run('function f(): number { using r = { [Symbol.dispose]() {} }; return 1 }', exports);

    expect(Object.keys(exports)).toEqual(['f']);
    expect(await run('f()', exports)).toBe(1);
    await run('using kept = { [Symbol.dispose]() {}, n: 1 }', exports);
    expect(await run('kept.n', exports)).toBe(1);
  });

  test('an error names the cell and the place, with a caret', async () => {
    await expect(compile('const a = 1\nconst b = ;')).rejects.toMatchObject({
      code: 'COMPILE',
      message: 'Cell [1]:2:11 - Expression expected.\nconst b = ;\n          ^',
    });
  });

  test.each(['const a = 1; const a = 2', 'return 1', 'await = 1', 'class { }', '1 +', '"open'])(
    'is refused: %s',
    async (code) => {
      await expect(compile(code)).rejects.toMatchObject({ code: 'COMPILE' });
    },
  );
});
