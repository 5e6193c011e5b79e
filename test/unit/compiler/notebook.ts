import { runInThisContext, constants } from 'node:vm';
import type { CellCompiler, CompileRequest } from '../../../src/compiler/cell-compiler.js';
import { formatDiagnostics } from '../../../src/compiler/format-diagnostics.js';
import { noDeclarations, type CompiledCell, type Declarations } from '../../../src/wire/cell.js';

export type Exports = Record<string, unknown>;

type CellFunction = (exports: Exports, require: unknown, px: unknown) => unknown;

/** Runs the text of a compiled cell as `src/wire/cell.ts` describes it; the value of its last expression. */
export async function runCell(cell: CompiledCell, exports: Exports): Promise<unknown> {
  let value: unknown;
  const px = {
    cell: { name: cell.name },
    result: (result: unknown) => (value = result),
    import: (specifier: string) => import(specifier) as Promise<unknown>,
    resume: (_cell: unknown, resumed: unknown) => resumed,
  };
  const run = runInThisContext(cell.javascript, {
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }) as CellFunction;
  await run(exports, undefined, px);
  return value;
}

/** Cells of one namespace, compiled and run one after another. */
export class Notebook {
  readonly exports: Exports = {};
  readonly #compiler: CellCompiler;
  #declarations: Declarations = noDeclarations;
  #cells = 0;

  constructor(compiler: CellCompiler) {
    this.#compiler = compiler;
  }

  get declarations(): Declarations {
    return this.#declarations;
  }

  request(code: string): CompileRequest {
    const name = `Cell [${++this.#cells}]`;
    const base = this.#declarations;
    return { side: 'notebook', name, code, base, resolveFrom: process.cwd() };
  }

  compile(code: string, more: Partial<CompileRequest> = {}): CompiledCell {
    const request = { ...this.request(code), ...more };
    const result = this.#compiler.compile(request);
    if (!result.ok) throw new Error(formatDiagnostics(request.name, result.diagnostics));
    this.#declarations = result.next;
    return result.cell;
  }

  /** Compiles and runs; the declarations stay when the cell throws, as the kernel has it. */
  async run(code: string): Promise<unknown> {
    return runCell(this.compile(code), this.exports);
  }

  /** The errors of a cell that does not compile, as its author reads them. */
  errorsOf(code: string, more: Partial<CompileRequest> = {}): string {
    const request = { ...this.request(code), ...more };
    const result = this.#compiler.compile(request);
    return result.ok ? '' : formatDiagnostics(request.name, result.diagnostics);
  }
}
