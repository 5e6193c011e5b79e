import MagicString from 'magic-string';
import ts from './typescript.cjs';
import { parseCellFile, parseErrorsOf } from './typescript-internals.js';
import { referencesOf, type NameReference, type Space } from './name-references.js';

/** False for what does not even parse. */
export function isTypeScript(code: string): boolean {
  return parseErrorsOf(parseCellFile(code)).length === 0;
}

/** Cells as the parts of one module. */
export interface OneModule {
  readonly cells: readonly string[];
  /** Names that no cell declares, or none before it is used. */
  readonly free: ReadonlySet<string>;
}

/**
 * Cells that declare a name again, in one module: it gets a name of its own from there on, `x_2`, in its cell and
 * in those below. Functions of earlier cells keep the variable they were written for. An import that is repeated
 * is left out.
 */
export function oneModule(cells: readonly string[]): OneModule {
  const files = cells.map((code) => ({ code, references: referencesOf(code) }));
  const taken = new Set(files.flatMap(({ references }) => references.map(({ name }) => name)));
  const names = new CurrentNames(taken);
  const imports = new Set<string>();
  const free = new Set<string>();
  const written = files.map(({ code, references }) => {
    const text = new MagicString(code);
    const repeated = removeRepeatedImports(code, text, imports);
    const isKept = ({ start }: NameReference): boolean =>
      !repeated.some((range) => start >= range.start && start < range.end);
    const kept = references.filter(isKept);
    const declared = kept.filter((each) => each.isDeclared && each.isOwn);
    for (const { name, spaces } of names.declaredBy(declared)) names.declare(name, spaces);
    for (const reference of kept) rename(reference, { text, names, free });
    return text.toString();
  });
  return { cells: written, free };
}

function rename(
  { name, start, space, shape, isDeclared, isOwn }: NameReference,
  into: { text: MagicString; names: CurrentNames; free: Set<string> },
): void {
  const current = into.names.of(name, space);
  if (current === undefined) {
    if (!isDeclared && !isOwn) into.free.add(name);
    return;
  }
  if (current === name) return;
  const replacement =
    shape === 'shorthand'
      ? `${name}: ${current}`
      : shape === 'specifier'
        ? `${name} as ${current}`
        : current;
  into.text.update(start, start + name.length, replacement);
}

/** What each name is called by now: a type and a value of one name are two things. */
class CurrentNames {
  readonly #taken: Set<string>;
  readonly #current = new Map<string, string>();

  constructor(taken: Set<string>) {
    this.#taken = taken;
  }

  of(name: string, space: Space): string | undefined {
    return this.#current.get(`${space} ${name}`);
  }

  /** The names that a cell declares, each with all that it stands for. */
  declaredBy(declared: readonly NameReference[]): { name: string; spaces: readonly Space[] }[] {
    const spaces = new Map<string, Space[]>();
    for (const each of declared) {
      spaces.set(each.name, [...(spaces.get(each.name) ?? []), ...each.declares]);
    }
    return [...spaces].map(([name, all]) => ({ name, spaces: [...new Set(all)] }));
  }

  declare(name: string, spaces: readonly Space[]): void {
    const isNew = spaces.every((space) => this.of(name, space) === undefined);
    const current = isNew ? name : this.#unused(name);
    for (const space of spaces) this.#current.set(`${space} ${name}`, current);
  }

  #unused(name: string): string {
    let count = 2;
    while (this.#taken.has(`${name}_${count}`)) count++;
    const found = `${name}_${count}`;
    this.#taken.add(found);
    return found;
  }
}

interface Range {
  readonly start: number;
  readonly end: number;
}

function removeRepeatedImports(code: string, text: MagicString, seen: Set<string>): Range[] {
  const file = parseCellFile(code);
  const removed: Range[] = [];
  for (const statement of file.statements) {
    if (!ts.isImportDeclaration(statement)) continue;
    const written = statement
      .getText(file)
      .replace(/\s+/g, ' ')
      .replace(/;$/, '')
      .replaceAll('"', "'");
    if (seen.has(written)) {
      const range = { start: statement.getStart(file), end: statement.end };
      text.remove(range.start, range.end);
      removed.push(range);
    }
    seen.add(written);
  }
  return removed;
}
