import { runInThisContext } from 'node:vm';
import type { CompiledCell } from '../../../src/wire/cell.js';

export type Exports = Record<string, unknown>;

/** What a cell's function is given as `__px`; `resumed` counts the awaits that asked for their cell. */
export class CellLink {
  cell: unknown = { name: 'running' };
  value: unknown;
  resumed = 0;
  readonly loaded: unknown[] = [];

  readonly result = (value: unknown): void => {
    this.value = value;
  };

  readonly opened: string[] = [];

  readonly use = (name: string, value: unknown, isAsync: boolean): unknown => {
    this.opened.push(isAsync ? `await ${name}` : name);
    return value;
  };

  readonly resume = (cell: unknown, value?: unknown): unknown => {
    this.resumed += 1;
    if (cell !== this.cell) throw new Error('The cell was stopped.');
    return value;
  };

  readonly import = (specifier: string): Promise<unknown> => {
    this.loaded.push(specifier);
    return import(specifier) as Promise<unknown>;
  };
}

type CellFunction = (exports: Exports, require: unknown, px: CellLink) => unknown;

/** Runs the text of a compiled cell as `src/wire/cell.ts` describes it; the value of its last expression. */
export async function runCell(
  { javascript, name }: Pick<CompiledCell, 'javascript' | 'name'>,
  exports: Exports,
  link: CellLink = new CellLink(),
): Promise<unknown> {
  const run = runInThisContext(javascript, { filename: name }) as CellFunction;
  const running = run(exports, undefined, link);
  await running;
  const value = await link.value;
  return value;
}
