import type { CellCompiler } from '../../../src/compiler/cell-compiler.js';
import type { CompileRequest, CompileResult } from '../../../src/compiler/protocol.js';
import { formatDiagnostics } from '../../../src/compiler/format-diagnostics.js';
import { noDeclarations, type CompiledCell, type Declarations } from '../../../src/wire/cell.js';
import { runCell, type Exports } from './run-cell.js';

/** Cells of one namespace, compiled and run one after another. */
export class Notebook {
  readonly exports: Exports = {};
  declarations: Declarations = noDeclarations;
  readonly #compiler: CellCompiler;
  readonly #common: Partial<CompileRequest>;
  #cells = 0;

  constructor(compiler: CellCompiler, common: Partial<CompileRequest> = {}) {
    this.#compiler = compiler;
    this.#common = common;
  }

  /** The outcome of compiling `code` as the next cell; adopts what it declares. */
  tryCompile(code: string): CompileResult {
    const result = this.#compiler.compile({
      side: 'notebook',
      name: `Cell [${++this.#cells}]`,
      code,
      base: this.declarations,
      resolveFrom: process.cwd(),
      ...this.#common,
    });
    if (result.ok) this.declarations = result.next;
    return result;
  }

  compile(code: string): CompiledCell {
    const result = this.tryCompile(code);
    if (!result.ok) throw new Error(formatDiagnostics('cell', result.diagnostics));
    return result.cell;
  }

  /** Compiles and runs; the declarations stay when the cell throws, as the kernel has it. */
  async run(code: string): Promise<unknown> {
    return runCell(this.compile(code), this.exports);
  }

  /** The errors of a cell that does not compile, as its author reads them. */
  errorsOf(code: string): string {
    const result = this.tryCompile(code);
    return result.ok ? '' : formatDiagnostics('cell', result.diagnostics);
  }
}
