import { ParallelError } from '../base/errors.js';
import { type CellDiagnostic, formatDiagnostics } from '../compiler/compiler.js';

/** A cell that does not compile: nothing of it was sent. */
export class TypeScriptError extends ParallelError {
  readonly diagnostics: readonly CellDiagnostic[];

  constructor(cellName: string, diagnostics: readonly CellDiagnostic[]) {
    super('COMPILE', formatDiagnostics(cellName, diagnostics));
    this.diagnostics = diagnostics;
  }
}
