import type { Variable } from 'eslint-scope';
import type { Draft } from './cell-transform.js';
import { isShorthandValue } from './references.js';
import { asIdentifier } from './syntax.js';

/** Names that the compiled text gives a meaning. */
const reserved: ReadonlySet<string> = new Set(['exports', '__px', '__cell']);

/** Renames what a function of the cell calls `exports`, so that the cell's own `exports` is seen in it. */
export function renameReserved(draft: Draft): void {
  const { syntax, lifted } = draft;
  for (const scope of syntax.scopes) {
    for (const variable of scope.variables) {
      const isLifted = scope === syntax.moduleScope && lifted.has(variable.name);
      if (reserved.has(variable.name) && !isLifted) rename(draft, variable);
    }
  }
}

function rename({ syntax, text }: Draft, variable: Variable): void {
  let fresh = `${variable.name}_1`;
  while (syntax.code.includes(fresh)) fresh += '1';
  const uses = variable.references.map((reference) => reference.identifier);
  for (const each of new Set([...variable.identifiers, ...uses])) {
    const identifier = asIdentifier(each);
    const isShorthand = isShorthandValue(syntax.parentOf, identifier);
    text.update(
      identifier.start,
      identifier.end,
      isShorthand ? `${identifier.name}: ${fresh}` : fresh,
    );
  }
}
