import ts from './typescript.cjs';

/**
 * What the converter leaves of declarations, as it was written: to print all of it takes as long as to check a cell.
 * A statement that lost a name is printed.
 */
export function remainingText(file: ts.SourceFile): string {
  const printer = ts.createPrinter({ newLine: ts.NewLineKind.LineFeed });
  const lines = file.statements.map(
    (statement) =>
      asWritten(statement, file) ?? printer.printNode(ts.EmitHint.Unspecified, statement, file),
  );
  return lines.map((line) => `${line}\n`).join('');
}

/** With its comments; undefined when it is no longer what it was. */
function asWritten(statement: ts.Statement, file: ts.SourceFile): string | undefined {
  if (ts.isImportDeclaration(statement)) return undefined;
  const start = statement.getStart(file);
  if (ts.isVariableStatement(statement) && !isWhole(statement, start, file)) return undefined;
  const [comment] = ts.getLeadingCommentRanges(file.text, statement.pos) ?? [];
  return file.text.slice(comment?.pos ?? start, statement.end);
}

/** Nothing but keywords is left beside its variable. */
function isWhole(statement: ts.VariableStatement, start: number, { text }: ts.SourceFile): boolean {
  const [only, ...others] = statement.declarationList.declarations;
  if (only === undefined || others.length > 0) return false;
  return (
    /^(?:export )?declare (?:let|const|var)\s+$/.test(text.slice(start, only.pos) + ' ') &&
    /^;?$/.test(text.slice(only.end, statement.end))
  );
}
