import ts from './typescript.cjs';
import type { CellDiagnostic } from './format-diagnostics.js';

/** A package without types; an import that names its `.ts`. */
const alwaysNoise: ReadonlySet<number> = new Set([5097, 7016]);

/**
 * Errors that a file of a project deserves and a cell does not: parameters and members without a type,
 * JSX without types.
 */
const noise: ReadonlySet<number> = new Set([
  7005, 7006, 7008, 7009, 7010, 7011, 7013, 7015, 7017, 7018, 7019, 7020, 7022, 7023, 7024, 7025,
  7026, 7031, 7032, 7033, 7034, 7041, 7053, 7057,
]);

/** @param isImplicitAnyWanted - The project asks for types everywhere. */
export function isNoise({ code }: ts.Diagnostic, isImplicitAnyWanted: boolean): boolean {
  return alwaysNoise.has(code) || (!isImplicitAnyWanted && noise.has(code));
}

/** `linesBefore`: lines that the compiled file has before the cell. */
export function toCellDiagnostic(
  diagnostic: ts.Diagnostic,
  code: string,
  linesBefore: number,
): CellDiagnostic {
  const { file, start = 0, length = 0 } = diagnostic;
  const at = file?.getLineAndCharacterOfPosition(start) ?? { line: linesBefore, character: 0 };
  const place = inCell({ line: at.line - linesBefore, character: at.character }, code);
  return {
    message: ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'),
    code: diagnostic.code,
    line: place.line + 1,
    column: place.character + 1,
    length,
    sourceLine: code.split('\n')[place.line] ?? '',
  };
}

/** What is missing at the end is reported behind what the converter adds there. */
function inCell(place: ts.LineAndCharacter, code: string): ts.LineAndCharacter {
  const lines = code.trimEnd().split('\n');
  const line = lines.length - 1;
  return place.line <= line ? place : { line, character: lines[line]?.length ?? 0 };
}
