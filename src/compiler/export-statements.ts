import type { Draft } from './draft.js';

/** True for the names in the cell's export lists. */
export function isExported({ syntax }: Draft): (name: string) => boolean {
  const names = new Set<string>();
  for (const statement of syntax.program.body) {
    if (statement.type !== 'ExportNamedDeclaration' || statement.source) continue;
    for (const { local } of statement.specifiers) {
      if (local.type === 'Identifier') names.add(local.name);
    }
  }
  return (name) => names.has(name);
}

/** `export const a`, `export { a }`, `export default a`: every name of a cell is there for the next one. */
export function stripExports({ syntax, text }: Draft): void {
  for (const statement of syntax.program.body) {
    if (statement.type === 'ExportNamedDeclaration' && !statement.source) {
      text.remove(statement.start, statement.declaration?.start ?? statement.end);
    }
    if (statement.type === 'ExportDefaultDeclaration') {
      const { declaration } = statement;
      const isNameless =
        declaration.type.endsWith('Declaration') && 'id' in declaration && declaration.id === null;
      text.update(statement.start, declaration.start, isNameless ? 'void ' : ' ');
    }
  }
}
