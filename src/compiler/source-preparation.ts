import ts from './typescript.cjs';

interface Change {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface PreparedSource {
  readonly text: string;
  /** True when the cell ends with an expression: what TypeScript makes of an `enum` looks like one. */
  readonly hasResult: boolean;
}

/**
 * The cell without its `export`s, each character at its old place: every name of a cell is there for
 * the next one anyway, and the converter, which exports them all, would export those twice.
 */
export function prepareSource(file: ts.SourceFile): PreparedSource {
  const code = file.text;
  const changes = file.statements.flatMap((statement) => changesOf(statement, file));
  const text = changes.reduceRight((changed, change) => applied(changed, change), code);
  const last = file.statements.findLast((statement) => !isMarker(statement));
  const hasResult =
    last !== undefined && (ts.isExpressionStatement(last) || ts.isExportAssignment(last));
  return { text, hasResult };
}

/** Says nothing about the cell's value. */
function isMarker(statement: ts.Statement): boolean {
  return ts.isEmptyStatement(statement) || ts.isExportDeclaration(statement);
}

function applied(text: string, { start, end, text: replacement }: Change): string {
  return text.slice(0, start) + replacement.padEnd(end - start) + text.slice(end);
}

function changesOf(statement: ts.Statement, file: ts.SourceFile): Change[] {
  const start = statement.getStart(file);
  if (ts.isExportDeclaration(statement)) return [withoutExportList(statement, start)];
  if (ts.isExportAssignment(statement)) {
    return statement.isExportEquals === true
      ? []
      : [{ start, end: statement.expression.getStart(file), text: '' }];
  }
  return ts.canHaveModifiers(statement) ? exportModifiers(statement, file) : [];
}

/** `export { a }` goes, `export { a } from 'm'` brings `a` here. */
function withoutExportList(statement: ts.ExportDeclaration, start: number): Change {
  const isFrom = statement.moduleSpecifier !== undefined && statement.exportClause !== undefined;
  if (!isFrom) return { start, end: statement.end, text: '' };
  return { start, end: start + 'export'.length, text: 'import' };
}

function exportModifiers(statement: ts.Statement & ts.HasModifiers, file: ts.SourceFile): Change[] {
  const modifiers = ts.getModifiers(statement) ?? [];
  const canBeNameless = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement);
  const isNameless = canBeNameless && statement.name === undefined;
  return modifiers.flatMap((modifier): Change[] => {
    const range = { start: modifier.getStart(file), end: modifier.end };
    if (modifier.kind === ts.SyntaxKind.ExportKeyword) return [{ ...range, text: '' }];
    if (modifier.kind !== ts.SyntaxKind.DefaultKeyword) return [];
    return [{ ...range, text: isNameless ? 'void' : '' }];
  });
}
