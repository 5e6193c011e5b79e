import { type Declarations, noDeclarations } from '../wire/cell.js';
import { declarationsOf } from '../wire/declarations.js';

interface Statement {
  readonly text: string;
  /** Its name with its kind, since a type and a value may share a name; undefined for imports and the like. */
  readonly key: string | undefined;
  /** The type of a variable, and the types that it was made of. */
  readonly type: string | undefined;
  readonly types: ReadonlySet<string>;
}

/**
 * What engines that declare different things declare together. A variable that several of them hold with
 * different types has the union of these types.
 *
 * @remarks The texts are what TypeScript's declaration emitter writes: each statement starts with a word
 * in column 0, what belongs to it is indented or closes a bracket.
 */
export function mergeDeclarations(all: readonly Declarations[]): Declarations {
  const [first = noDeclarations, ...others] = distinct(all);
  if (others.length === 0) return first;
  const merged = new Map<string, readonly Statement[]>();
  for (const { text } of [first, ...others]) {
    for (const [key, statements] of byKey(statementsOf(text))) {
      merged.set(key, union(merged.get(key), statements));
    }
  }
  const texts = [...merged.values()].flat().map(({ text }) => text);
  return declarationsOf(texts.join(''));
}

/** Different variables of one name become one; of other things, overloads among them, the first are taken. */
function union(
  known: readonly Statement[] | undefined,
  found: readonly Statement[],
): readonly Statement[] {
  const [a, b] = [known?.[0], found[0]];
  if (known === undefined) return found;
  if (a?.type === undefined || b?.type === undefined || a.types.has(b.type)) return known;
  const types = new Set([...a.types, b.type]);
  const type = [...types].map((each) => `(${each})`).join(' | ');
  return [{ ...a, type, types, text: `declare let ${a.key?.split(' ')[1] ?? ''}: ${type};\n` }];
}

function byKey(statements: readonly Statement[]): Map<string, Statement[]> {
  const found = new Map<string, Statement[]>();
  for (const statement of statements) {
    const key = statement.key ?? statement.text;
    found.set(key, [...(found.get(key) ?? []), statement]);
  }
  return found;
}

function distinct(all: readonly Declarations[]): Declarations[] {
  return [...new Map(all.map((each) => [each.version, each])).values()];
}

const variablePattern =
  /^(?:export )?(?:declare )?(?:let|const|var) ([\p{ID_Start}$_][\p{ID_Continue}$]*): ([^]*);\s*$/u;
const otherPattern =
  /^(?:export )?(?:declare )?(?:abstract )?(class|interface|type|function\*?|enum|const enum|namespace) ([\p{ID_Start}$_][\p{ID_Continue}$]*)/u;

function statementsOf(text: string): Statement[] {
  const texts = text
    .split(/^(?=[a-zA-Z@/])/m)
    .map((each) => (each.endsWith('\n') ? each : `${each}\n`));
  return texts.filter((each) => each.trim() !== '').map(toStatement);
}

function toStatement(text: string): Statement {
  const [, variable, type] = variablePattern.exec(text) ?? [];
  if (variable !== undefined) {
    return {
      text,
      key: `value ${variable}`,
      type,
      types: new Set(type === undefined ? [] : [type]),
    };
  }
  const [, kind, name] = otherPattern.exec(text) ?? [];
  const space = kind === 'interface' || kind === 'type' ? 'type' : 'value';
  const key = name === undefined ? undefined : `${space} ${name}`;
  return { text, key, type: undefined, types: new Set() };
}
