import ts from 'typescript';
import type { Declarations } from '../wire/cell.js';

export { declarationsOf } from '../wire/declarations.js';

const cached = new WeakMap<Declarations, readonly string[]>();

/** Names of the values in a namespace: what a cell may read, not its types and interfaces. */
export function valueNames(declarations: Declarations): readonly string[] {
  const known = cached.get(declarations);
  if (known !== undefined) return known;
  const file = ts.createSourceFile('names.d.ts', declarations.text, ts.ScriptTarget.Latest);
  const names = [...new Set(file.statements.flatMap(namesOf))];
  cached.set(declarations, names);
  return names;
}

function namesOf(statement: ts.Statement): string[] {
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
    ts.isModuleDeclaration(statement);
  return isValue && statement.name !== undefined ? [statement.name.text] : [];
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
