import ts from 'typescript';
import type { Declarations } from '../wire/cell.js';
import { Recent } from './recent.js';

const known = new Recent<readonly string[]>(16);

/** Names of the values in a namespace: what a cell may read, not its types and interfaces. */
export function valueNames({ version, text }: Declarations): readonly string[] {
  const names = known.get(version) ?? readNames(text);
  known.set(version, names);
  return names;
}

function readNames(text: string): string[] {
  const file = ts.createSourceFile('names.d.ts', text, ts.ScriptTarget.Latest);
  return [...new Set(file.statements.flatMap(namesOf))];
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
