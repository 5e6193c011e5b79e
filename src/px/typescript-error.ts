import { ParallelError } from '../base/errors.js';
import { type CellDiagnostic, formatDiagnostics } from '../compiler/compiler.js';

/** A cell that does not compile: nothing of it was sent. */
export class TypeScriptError extends ParallelError {
  readonly diagnostics: readonly CellDiagnostic[];

  /** @param note - A line below the errors. */
  constructor(cellName: string, diagnostics: readonly CellDiagnostic[], note?: string) {
    const text = formatDiagnostics(cellName, diagnostics);
    super('COMPILE', note === undefined ? text : `${text}\n${note}`);
    this.diagnostics = diagnostics;
  }
}
