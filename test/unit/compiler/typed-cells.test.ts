import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CellCompiler } from '../../../src/compiler/cell-compiler.js';
import { Notebook } from './notebook.js';

let compiler: CellCompiler;
beforeAll(() => {
  compiler = new CellCompiler(process.cwd());
});
afterAll(() => compiler.close());

const notebook = (): Notebook => new Notebook(compiler);

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

  test('a lone top-level `for await` makes the cell asynchronous', async () => {
    const cells = notebook();

    const cell = cells.compile('let sum = 0; for await (const x of [1, 2]) sum += x;');

    expect(cell.isAsync).toBe(true);
  });

  test('`export` is accepted', async () => {
    const cells = notebook();
    await cells.run(
      'export const a = 1; export function f() { return a } export class A {}; export { a as b }',
    );

    expect(await cells.run('f() + a')).toBe(2);
  });

  test('a function sees what its cell assigns later, and what a later cell assigns', async () => {
    const cells = notebook();

    await cells.run('let n = 1; const read = () => n; n = 2');

    expect(await cells.run('read()')).toBe(2);
    expect(await cells.run('n = 7; read()')).toBe(7);
  });
});
