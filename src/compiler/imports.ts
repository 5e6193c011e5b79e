import type {
  AnyNode,
  ExportAllDeclaration,
  ExportNamedDeclaration,
  Identifier,
  ImportAttribute,
  ImportDeclaration,
  Literal,
  MetaProperty,
} from 'acorn';
import type { Draft } from './draft.js';
import { cellFile, cellUrl } from './references.js';
import { walk } from './syntax.js';

type StaticImport = ImportDeclaration | ExportNamedDeclaration | ExportAllDeclaration;

/**
 * Static imports become awaited calls in front of the cell's own statements, dynamic ones go the same
 * way, `import.meta` speaks of the notebook's folder.
 *
 * @returns true when the cell has a static import.
 */
export function lowerImports(draft: Draft): boolean {
  const { syntax, text } = draft;
  walk(syntax.program, (node) => {
    if (node.type === 'ImportExpression') {
      text.update(node.start, node.start + 'import'.length, '__px.import');
    }
    if (node.type === 'MetaProperty' && node.meta.name === 'import') lowerMeta(draft, node);
  });
  const imports = syntax.program.body.filter(isStaticImport);
  const firstOther = syntax.program.body.find((statement) => !isStaticImport(statement));
  for (const statement of imports) {
    text.update(statement.start, statement.end, loading(draft, statement));
    const isLate = firstOther !== undefined && firstOther.start < statement.start;
    if (isLate) text.move(statement.start, statement.end, firstOther.start);
  }
  return imports.length > 0;
}

/** Names that `export … from` brings, which are no variables of the cell. */
export function importedByExport({ syntax }: Draft): string[] {
  const exporting = syntax.program.body.filter(isStaticImport);
  return exporting
    .filter(({ type }) => type !== 'ImportDeclaration')
    .flatMap((statement) => bindingsOf(statement).map(({ local }) => local));
}

function isStaticImport(statement: AnyNode): statement is StaticImport {
  if (statement.type === 'ImportDeclaration' || statement.type === 'ExportAllDeclaration')
    return true;
  return statement.type === 'ExportNamedDeclaration' && Boolean(statement.source);
}

/**
 * A static import → `{ const m = await (a call of __px's import); exports.a = m.default; exports.b = m.b; }`.
 * What the compiler imports for itself, as it does for JSX, is a local variable of the cell.
 */
function loading({ lifted, prologue }: Draft, statement: StaticImport): string {
  const call = `await __px.import(${specifierOf(statement)})`;
  const bindings = bindingsOf(statement);
  if (bindings.length === 0) return `${call};`;
  const assignments = bindings.map(({ local, imported }) => {
    const value = imported === undefined ? 'm' : `m[${JSON.stringify(imported)}]`;
    if (statement.type !== 'ImportDeclaration' || lifted.has(local))
      return `exports.${local} = ${value};`;
    prologue.unshift(`let ${local};`);
    return `${local} = ${value};`;
  });
  return `{ const m = ${call}; ${assignments.join(' ')} }`;
}

interface Binding {
  readonly local: string;
  /** Absent for the namespace itself. */
  readonly imported?: string;
}

function bindingsOf(statement: StaticImport): Binding[] {
  if (statement.type === 'ExportAllDeclaration') {
    return statement.exported ? [{ local: nameOf(statement.exported) }] : [];
  }
  return statement.specifiers.map((specifier): Binding => {
    switch (specifier.type) {
      case 'ImportDefaultSpecifier':
        return { local: specifier.local.name, imported: 'default' };
      case 'ImportNamespaceSpecifier':
        return { local: specifier.local.name };
      case 'ImportSpecifier':
        return { local: specifier.local.name, imported: nameOf(specifier.imported) };
      case 'ExportSpecifier':
        return { local: nameOf(specifier.exported), imported: nameOf(specifier.local) };
    }
  });
}

function nameOf(node: Identifier | Literal): string {
  return node.type === 'Identifier' ? node.name : String(node.value);
}

function specifierOf({ source, attributes }: StaticImport): string {
  const specifier = JSON.stringify(source?.value);
  if (attributes.length === 0) return specifier;
  return `${specifier}, { with: { ${attributes.map(attributeText).join(', ')} } }`;
}

function attributeText({ key, value }: ImportAttribute): string {
  return `${JSON.stringify(nameOf(key))}: ${JSON.stringify(value.value)}`;
}

function lowerMeta({ text, options }: Draft, node: MetaProperty): void {
  const { resolveFrom } = options;
  const meta = { url: cellUrl(resolveFrom), dirname: resolveFrom, filename: cellFile(resolveFrom) };
  text.update(node.start, node.end, `(${JSON.stringify(meta)})`);
}
