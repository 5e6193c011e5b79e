import { createHash } from 'node:crypto';
import { type Declarations, noDeclarations } from './cell.js';

/** Declarations with the version that belongs to their text. */
export function declarationsOf(text: string): Declarations {
  if (text === '') return noDeclarations;
  return { version: createHash('sha256').update(text).digest('hex').slice(0, 16), text };
}

/**
 * `base` after values of these types were pushed: what was declared under their names makes way.
 *
 * Both ends of a push compute this, so that they agree on the version.
 *
 * @remarks The text is what TypeScript's declaration emitter writes: each statement starts with a word
 * in column 0, what belongs to it is indented or closes a bracket.
 */
export function withVariables(
  base: Declarations,
  types: Readonly<Record<string, string>>,
): Declarations {
  const kept = statementsOf(base.text)
    .map((statement) => withoutNames(statement, types))
    .join('');
  const added = Object.entries(types).map(([name, type]) => `declare let ${name}: ${type};\n`);
  const gap = kept === '' || kept.endsWith('\n') ? '' : '\n';
  return declarationsOf(`${kept}${gap}${added.join('')}`);
}

function statementsOf(text: string): string[] {
  return text.split(/^(?=[a-zA-Z@/])/m);
}

function withoutNames(statement: string, types: Readonly<Record<string, string>>): string {
  const declared =
    /^(?:export )?(?:declare )?(?:abstract )?(?:let|const|var|function\*?|class|enum|const enum|namespace) ([\p{ID_Start}$_][\p{ID_Continue}$]*)/u.exec(
      statement,
    )?.[1];
  return declared !== undefined && Object.hasOwn(types, declared) ? '' : statement;
}
