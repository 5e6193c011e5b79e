import type ts from './typescript.cjs';
import { toCellDiagnostic } from './diagnostics.js';
import { explain } from './explanations.js';
import type { CellDiagnostic } from './format-diagnostics.js';
import type { CompileRequest, CompileResult } from './protocol.js';
import { type ReadCell, unknownJsxSentence } from './read-cell.js';
import { parseErrorsOf } from './typescript-internals.js';

/** The converter puts one line before the cell. */
export const linesBefore = 1;

/** What is said of a cell that does not compile. */
export function refused(
  request: CompileRequest,
  diagnostics: readonly ts.Diagnostic[],
  { file, isUnknownJsx }: ReadCell,
): CompileResult {
  const found = ownErrors(file, diagnostics) ?? converted(request, withoutEchoes(diagnostics));
  const read = [...found].sort((one, other) => one.line - other.line || one.column - other.column);
  const [first] = read;
  return isUnknownJsx && first !== undefined
    ? { ok: false, diagnostics: [{ ...first, message: unknownJsxSentence }] }
    : { ok: false, diagnostics: read };
}

/** What is said of a cell that TypeScript cannot follow to its end: it goes into each level by a call of itself. */
export function refusedAsTooDeep({ code }: CompileRequest): CompileResult {
  const lines = code.split('\n');
  const longest = lines.reduce((most, { length }) => Math.max(most, length), 0);
  const line = lines.findIndex(({ length }) => length === longest);
  const sourceLine = (lines[line] ?? '').slice(0, shownLength);
  const place = { line: line + 1, column: 1, length: sourceLine.length, sourceLine };
  return { ok: false, diagnostics: [{ message: tooDeepSentence, code: 0, ...place }] };
}

const shownLength = 72;

const tooDeepSentence =
  'This cell is nested too deep for the TypeScript compiler. Split it into several statements; ' +
  'keep data in a file, and read it with JSON.parse.';

/** Whether the stack was too small for V8, or for acorn. */
export function isTooDeep(error: unknown): boolean {
  return error instanceof Error && /call stack|stack space/.test(error.message);
}

function converted(
  request: CompileRequest,
  diagnostics: readonly ts.Diagnostic[],
): CellDiagnostic[] {
  const read = diagnostics.map((each) => toCellDiagnostic(each, request.code, linesBefore));
  return read.map((each) => explain(each, request));
}

/** Errors of syntax as the cell alone has them: behind it stands what the converter adds. */
function ownErrors(
  file: ts.SourceFile,
  diagnostics: readonly ts.Diagnostic[],
): CellDiagnostic[] | undefined {
  if (!diagnostics.every(isOfSyntax)) return undefined;
  const own = parseErrorsOf(file);
  return own.length === 0 ? undefined : own.map((each) => toCellDiagnostic(each, file.text, 0));
}

function isOfSyntax({ code }: ts.Diagnostic): boolean {
  return code < 2000 || (code >= 17_000 && code < 18_000);
}

/** Where a package of JSX is missing, TypeScript looks for React and tells what came of it. */
function withoutEchoes(diagnostics: readonly ts.Diagnostic[]): readonly ts.Diagnostic[] {
  const isMissing = diagnostics.some(({ code }) => code === missingJsxModule);
  return isMissing ? diagnostics.filter(({ code }) => !ofFactories.has(code)) : diagnostics;
}

const missingJsxModule = 2875;
const ofFactories: ReadonlySet<number> = new Set([2686, 2874]);
