import type { CellDiagnostic } from './format-diagnostics.js';
import { originOf, type Mappings } from './source-maps.js';

interface ParseError extends SyntaxError {
  /** 1-based line, 0-based column. */
  readonly loc: { readonly line: number; readonly column: number };
}

/** True for what acorn throws. */
export function isParseError(error: unknown): error is ParseError {
  return error instanceof SyntaxError && 'loc' in error;
}

/** An error in what a cell became, at its place in the cell as typed. */
export function parseDiagnostic(
  error: ParseError,
  code: string,
  mappings: Mappings,
): CellDiagnostic {
  const at = { line: error.loc.line - 1, column: error.loc.column };
  const { line, column } = originOf(mappings, at) ?? at;
  const message = error.message.replace(/ \(\d+:\d+\)$/, '');
  const sourceLine = code.split('\n')[line] ?? '';
  return { message, code: 0, line: line + 1, column: column + 1, length: 1, sourceLine };
}
