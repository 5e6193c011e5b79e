import ts from './typescript.cjs';
import type { Declarations } from '../wire/cell.js';
import { declarationsOf } from '../wire/declarations.js';
import { enginesModule } from './ambient.js';
import { parseDeclarations } from './declarations.js';
import type { CellContext, CellConverter, Converted } from './converter.js';
import type { TypeTexts } from './protocol.js';

interface Outcome {
  readonly converted: Exclude<Converted, { diagnostics: unknown }>;
  /** Values that the cell declares. */
  readonly names: readonly string[];
}

/** What a namespace holds after a cell. */
export function declarationsAfter(
  converter: CellConverter,
  context: CellContext,
  { converted, names }: Outcome,
): Declarations {
  const { declared, remaining } = converted;
  const own = declared ?? names.map((name) => `declare let ${name}: any;\n`).join('');
  const written = oneByOne(own) + remaining;
  const kept = keptNamespaces(context.base.text, written, names);
  const next = declarationsOf(written + kept);
  return withoutEngineTypes(converter, context, next);
}

/** `declare let a: A, b: B` as two statements, so that each variable is one. */
function oneByOne(text: string): string {
  const file = parseDeclarations(text);
  return file.statements.reduceRight((whole, statement) => {
    if (!ts.isVariableStatement(statement)) return whole;
    const { declarations } = statement.declarationList;
    const [first] = declarations;
    if (first === undefined || declarations.length === 1) return whole;
    const start = statement.getStart(file);
    const keywords = text.slice(start, first.getStart(file));
    const single = declarations.map((declaration) => `${keywords}${declaration.getText(file)};`);
    return whole.slice(0, start) + single.join('\n') + whole.slice(statement.end);
  }, text);
}

/**
 * The converter forgets `namespace`, `import a = n.b`, `declare global` and `import 'm'` of earlier cells. What belongs
 * to a class or a function goes with it when a cell declares that name anew.
 */
function keptNamespaces(before: string, after: string, names: readonly string[]): string {
  if (
    !/\b(?:namespace|module|global)\b|\bimport\s*["']|\bimport\s+[\p{ID_Continue}$]+\s*=/u.test(
      before,
    )
  )
    return '';
  const file = parseDeclarations(before);
  const known = new Set(file.statements.map((statement) => wordsOf(statement, file)));
  const written = parseDeclarations(after);
  const isNew = (statement: ts.Statement): boolean => !known.has(wordsOf(statement, written));
  const declared = new Set([...names, ...written.statements.filter(isNew).flatMap(nameOf)]);
  const isKept = (statement: ts.Statement): boolean =>
    isForgotten(statement)
      ? !declared.has(statement.name.text)
      : isBareImport(statement) && !after.includes(wordsOf(statement, file));
  const kept = file.statements.filter(isKept);
  return kept.map((statement) => `${statement.getText(file)}\n`).join('');
}

/** It brings no names, but may add to what is global, or to another module. */
function isBareImport(statement: ts.Statement): boolean {
  return ts.isImportDeclaration(statement) && statement.importClause === undefined;
}

function isForgotten(
  statement: ts.Statement,
): statement is ts.ModuleDeclaration | ts.ImportEqualsDeclaration {
  return ts.isModuleDeclaration(statement) || ts.isImportEqualsDeclaration(statement);
}

function wordsOf(statement: ts.Statement, file: ts.SourceFile): string {
  return statement.getText(file).replaceAll(/\s+/g, ' ');
}

function nameOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  }
  const { name } = statement as { name?: ts.Node };
  return name !== undefined && ts.isIdentifier(name) ? [name.text] : [];
}

/**
 * A value that was pulled may have a type that only the engines declare. Declarations stand for
 * themselves, so such types are written out.
 */
function withoutEngineTypes(
  converter: CellConverter,
  context: CellContext,
  declarations: Declarations,
): Declarations {
  const isForeign = (text: string): boolean => text.includes(`/${enginesModule}")`);
  if (!isForeign(declarations.text)) return declarations;
  const file = parseDeclarations(declarations.text);
  const names = file.statements
    .filter((statement) => isForeign(statement.getText(file)))
    .flatMap((statement) => nameOf(statement));
  const types = converter.describe(names, { ...context, base: declarations });
  const { text } = declareTypes(converter, declarations, types);
  return declarationsOf(text.replaceAll(foreignType, 'any'));
}

const foreignType = new RegExp(`(?:typeof )?import\\("[^"]*/${enginesModule}"\\)(?:\\.\\w+)*`, 'g');

/** `base` with variables of the given types; `any` for a type that means nothing there. */
export function declareTypes(
  converter: CellConverter,
  base: Declarations,
  types: TypeTexts,
): Declarations {
  const names = Object.keys(types).filter((name) => identifier.test(name));
  if (names.length === 0) return base;
  const declare = (typeOf: (name: string) => string): Converted => {
    const lines = names.map((name) => `declare let ${name}: ${typeOf(name)};`);
    return converter.convert(lines.join('\n'), { side: 'engine', base });
  };
  const typeOf = (name: string): string => (types[name] ?? 'any').replaceAll(/\s*\n\s*/g, ' ');
  const first = declare(typeOf);
  const after = (converted: Converted): Declarations =>
    'diagnostics' in converted || converted.declared === undefined
      ? base
      : declarationsOf(converted.declared + converted.remaining);
  if (!('diagnostics' in first)) return after(first);
  const bad = new Set(first.diagnostics.map((each) => names[lineOf(each) - 1]));
  const second = declare((name) => (bad.has(name) ? 'any' : typeOf(name)));
  return after(second);
}

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** The line of a diagnostic, counted with the one that the converter puts in front. */
function lineOf({ file, start = 0 }: ts.Diagnostic): number {
  return file?.getLineAndCharacterOfPosition(start).line ?? 0;
}
