/** One error of a cell, in the words and at the place that its author reads. */
export interface CellDiagnostic {
  readonly message: string;
  /** TypeScript's number of the error. */
  readonly code: number;
  /** 1-based, in the cell as typed. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  readonly length: number;
  readonly sourceLine: string;
}

/** `Cell [3]:2:7 - message`, the line, and a caret under the place, for each error. */
export function formatDiagnostics(name: string, diagnostics: readonly CellDiagnostic[]): string {
  return diagnostics.map((diagnostic) => format(name, diagnostic)).join('\n');
}

function format(name: string, diagnostic: CellDiagnostic): string {
  const { message, line, column, length, sourceLine } = diagnostic;
  const width = Math.max(1, Math.min(length, sourceLine.length - column + 1));
  const caret = ' '.repeat(column - 1) + '^'.repeat(width);
  return `${name}:${line}:${column} - ${message}\n${sourceLine}\n${caret}`;
}
