import ts from './typescript.cjs';
import type { Declarations } from '../wire/cell.js';
import { Recent } from './recent.js';

interface Names {
  readonly values: readonly string[];
  readonly types: readonly string[];
  /** `const n = 1` is declared as it stands: what such a value is one of, `number`. */
  readonly literals: ReadonlyMap<string, string>;
}

const known = new Recent<Names>(16);

/** Names of a namespace: what a cell may read, and what it may use as a type. A class is both. */
export function namesOf({ version, text }: Declarations): Names {
  const names = known.get(version) ?? readNames(parseDeclarations(text));
  known.set(version, names);
  return names;
}

/** Spares parsing what a program has parsed. */
export function noteNames({ version }: Declarations, file: ts.SourceFile): void {
  if (known.get(version) === undefined) known.set(version, readNames(file));
}

export function valueNames(declarations: Declarations): readonly string[] {
  return namesOf(declarations).values;
}

/** A namespace is looked at after the cell that made it, and again before the next one. */
const parsed = new Recent<ts.SourceFile>(2);

export function parseDeclarations(text: string): ts.SourceFile {
  const file =
    parsed.get(text) ??
    ts.createSourceFile('declarations.d.ts', text, ts.ScriptTarget.Latest, true);
  parsed.set(text, file);
  return file;
}

/** For a moment in which nobody waits. */
export function forgetParsed(): void {
  parsed.clear();
}

function readNames({ statements }: ts.SourceFile): Names {
  return {
    literals: new Map(statements.flatMap(literalsOf)),
    values: [...new Set(statements.flatMap(valuesOf))],
    types: statements.filter(isTypeStatement).map(({ name }) => name.text),
  };
}

function isTypeStatement(
  statement: ts.Statement,
): statement is ts.InterfaceDeclaration | ts.TypeAliasDeclaration {
  return ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
}

function literalsOf(statement: ts.Statement): [name: string, type: string][] {
  if (!ts.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations.flatMap(({ name, initializer }) => {
    const type = initializer && literalType(initializer);
    return type === undefined || !ts.isIdentifier(name) ? [] : [[name.text, type]];
  });
}

function literalType(value: ts.Expression): string | undefined {
  if (ts.isPrefixUnaryExpression(value)) return literalType(value.operand);
  if (ts.isNumericLiteral(value)) return 'number';
  if (ts.isStringLiteralLike(value)) return 'string';
  if (ts.isBigIntLiteral(value)) return 'bigint';
  const isTruth =
    value.kind === ts.SyntaxKind.TrueKeyword || value.kind === ts.SyntaxKind.FalseKeyword;
  return isTruth ? 'boolean' : undefined;
}

function valuesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) =>
      ts.isIdentifier(name) ? [name.text] : [],
    );
  }
  if (ts.isImportDeclaration(statement)) return importedNames(statement.importClause);
  const isValue =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isEnumDeclaration(statement) ||
    (ts.isModuleDeclaration(statement) && isNamespace(statement)) ||
    ts.isImportEqualsDeclaration(statement);
  return isValue && statement.name !== undefined ? [statement.name.text] : [];
}

/** `declare global` and `declare module 'm'` add to what is there. */
function isNamespace({ name, flags }: ts.ModuleDeclaration): boolean {
  return ts.isIdentifier(name) && (flags & ts.NodeFlags.GlobalAugmentation) === 0;
}

function importedNames(clause: ts.ImportClause | undefined): string[] {
  if (clause === undefined || clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return [];
  const names = clause.name === undefined ? [] : [clause.name.text];
  const bindings = clause.namedBindings;
  if (bindings === undefined) return names;
  if (ts.isNamespaceImport(bindings)) return [...names, bindings.name.text];
  const values = bindings.elements.filter((element) => !element.isTypeOnly);
  return [...names, ...values.map((element) => element.name.text)];
}
