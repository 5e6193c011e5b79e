import vm from 'node:vm';
import type { CompiledCell } from '../wire/cell.js';
import { callScript } from './stack-frames.js';

/** What a cell's function is called with. */
export interface CellArguments {
  readonly exports: Record<string, unknown>;
  readonly require: NodeJS.Require;
  readonly px: object;
}

/** Told when main enters and leaves the code that a SIGINT can end. */
export interface VmWindow {
  open(): void;
  close(): void;
  /** A SIGINT ended it. */
  broken(): void;
}

type CellFunction = (exports: object, require: NodeJS.Require, px: object) => unknown;

const callKey = Symbol.for('pxlab.call');
const globals = globalThis as unknown as Record<symbol, (() => unknown) | undefined>;
let caller: vm.Script | undefined;

/**
 * Runs the synchronous part of a cell and returns what its function returned.
 *
 * The call happens inside `vm` code with `breakOnSigint`, so that a SIGINT ends it as an error that
 * {@link isBroken} knows. The window is closed inside that code as well: a SIGINT never meets the
 * moment in which Node swaps its handlers.
 */
export function callCell(cell: CompiledCell, given: CellArguments, window: VmWindow): unknown {
  const script = new vm.Script(cell.javascript, { filename: cell.name });
  const cellFunction = script.runInThisContext() as CellFunction;
  globals[callKey] = () => {
    window.open();
    try {
      return cellFunction(given.exports, given.require, given.px);
    } finally {
      window.close();
    }
  };
  caller ??= new vm.Script("globalThis[Symbol.for('pxlab.call')]()", { filename: callScript });
  try {
    return caller.runInThisContext({ breakOnSigint: true });
  } catch (thrown) {
    if (isBroken(thrown)) window.broken();
    throw thrown;
  } finally {
    globals[callKey] = undefined;
    window.close();
  }
}

/** True for the error that stands for a SIGINT. */
export function isBroken(thrown: unknown): boolean {
  return (
    thrown instanceof Error &&
    'code' in thrown &&
    thrown.code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED'
  );
}
