import type { Variable } from 'eslint-scope';
import type { Draft } from './draft.js';
import { isShorthandValue } from './places.js';
import { asIdentifier, type Syntax } from './syntax.js';

/** Names that the compiled text gives a meaning. */
const reserved: ReadonlySet<string> = new Set(['exports', '__px', '__cell']);

/** What the variable `name` of the cell's functions is called in the compiled text. */
export function localName({ code }: Syntax, name: string): string {
  if (!reserved.has(name)) return name;
  let fresh = `${name}_1`;
  while (code.includes(fresh)) fresh += '1';
  return fresh;
}

/** Renames what a function of the cell calls `exports`, so that the cell's own `exports` is seen in it. */
export function renameReserved({ syntax, lifted, text }: Draft): void {
  const rename = (node: unknown): void => {
    const { start, end, name } = asIdentifier(node);
    const fresh = localName(syntax, name);
    const isShorthand = isShorthandValue(syntax.parentOf, asIdentifier(node));
    text.update(start, end, isShorthand ? `${name}: ${fresh}` : fresh);
  };
  for (const scope of syntax.scopes) {
    for (const variable of scope.variables.filter(({ name }) => reserved.has(name))) {
      const isLifted = scope === syntax.moduleScope && lifted.has(variable.name);
      for (const node of isLifted ? functionNames(variable) : identifiersOf(variable)) rename(node);
    }
  }
}

function identifiersOf({ identifiers, references }: Variable): Set<unknown> {
  return new Set([...identifiers, ...references.map((reference) => reference.identifier)]);
}

function functionNames({ defs }: Variable): unknown[] {
  return defs.filter(({ type }) => type === 'FunctionName').map(({ name }) => name);
}
