import vm from 'node:vm';
import type { CompiledCell } from '../wire/cell.js';

/** What a cell's function is called with. */
export interface CellArguments {
  readonly exports: Record<string, unknown>;
  readonly require: NodeJS.Require;
  readonly px: object;
}

type CellFunction = (exports: object, require: NodeJS.Require, px: object) => unknown;

/**
 * Runs the synchronous part of a cell and returns what its function returned.
 *
 * Without `breakOnSigint`: for that, Node starts and ends a thread and swaps the handlers of the signal
 * at each call (0.1 ms, several on a busy machine, and a SIGINT in between ends the process), while
 * `src/runtime/interrupt` stops the same code without it.
 */
export function callCell(cell: CompiledCell, { exports, require, px }: CellArguments): unknown {
  const script = new vm.Script(withSourceMap(cell), { filename: cell.name });
  const cellFunction = script.runInThisContext() as CellFunction;
  return cellFunction(exports, require, px);
}

/**
 * By the map, debuggers show the cell as typed. Always, since the functions of a cell are called by later ones,
 * when a debugger may have come: 3 µs a cell.
 */
function withSourceMap({ javascript, sourceMap }: CompiledCell): string {
  if (sourceMap === '') return javascript;
  const data = Buffer.from(sourceMap).toString('base64');
  return `${javascript}\n//# sourceMappingURL=data:application/json;charset=utf-8;base64,${data}`;
}
