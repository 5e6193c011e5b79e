import { findMagic, type Magic, magicNames, magics } from './catalog.js';
import { readLeadingFlags } from './read-flags.js';
import { StatementScanner } from './statement-scanner.js';

/** What could stand from `start` to `end` instead. */
export interface MagicCompletion {
  readonly start: number;
  readonly end: number;
  readonly candidates: readonly string[];
}

/** The name of the magic that the cursor is on, for help on it: not on the statement of a `%px` line. */
export function magicAt(cell: string, offset: number): string | undefined {
  const lineEnd = (cell + '\n').indexOf('\n', offset);
  const typed = typedMagic(cell, lineEnd);
  if (typed === undefined || findMagic(typed.name) === undefined) return undefined;
  const restStart = lineEnd - typed.rest.length;
  return offset <= restStart || typed.sigil === '%%' ? typed.name : undefined;
}

/** The line with the cursor, as far as it is a magic. */
interface TypedMagic {
  readonly sigil: '%' | '%%';
  readonly name: string;
  /** What follows the name, up to the cursor. */
  readonly rest: string;
  /** Only blank lines stand before it: a magic for the whole cell can be meant. */
  readonly isFirst: boolean;
}

/**
 * What completes the magic that is being typed at `offset`: its name, a flag or a flag's value. Undefined
 * where TypeScript is typed, also that of a `%px` line.
 */
export function completeMagic(
  cell: string,
  offset: number,
  suffixes: readonly string[],
): MagicCompletion | undefined {
  const typed = typedMagic(cell, offset);
  if (typed === undefined) return undefined;
  const { sigil, name, rest } = typed;
  if (rest === '') return replacing(sigil + name, namesFor(typed, suffixes), offset);
  const magic = findMagic(name)?.magic;
  const word = /\S*$/.exec(rest)?.[0] ?? '';
  const before = rest.slice(0, rest.length - word.length);
  const known = magic && behindName(magic, { before, word, isLine: sigil === '%' });
  return known && replacing(word, known, offset);
}

function namesFor({ sigil, isFirst }: TypedMagic, suffixes: readonly string[]): string[] {
  return [
    ...(sigil === '%' ? magicNames('line', suffixes) : []),
    ...(isFirst ? magicNames('cell', suffixes) : []),
  ];
}

function typedMagic(cell: string, offset: number): TypedMagic | undefined {
  const lineStart = cell.lastIndexOf('\n', offset - 1) + 1;
  const pattern = /^(?:(%%?)|\/\/ *(%%)(?=px))([\p{ID_Continue}$]*)([^\n]*)$/u;
  const [text, sigil, commented, name = '', rest = ''] =
    pattern.exec(cell.slice(lineStart, offset)) ?? [];
  if (text === undefined) return undefined;
  const isFirst = cell.slice(0, lineStart).trim() === '';
  const canBegin = isFirst || new StatementScanner(cell).advanceTo(lineStart) !== 'inside';
  if (!canBegin) return undefined;
  return { sigil: (sigil ?? commented) === '%' ? '%' : '%%', name, rest, isFirst };
}

/** What can stand where `word` is being typed; undefined where that is TypeScript. */
function behindName(
  magic: Magic,
  typed: { before: string; word: string; isLine: boolean },
): readonly string[] | undefined {
  const { before, word, isLine } = typed;
  if (magic.name === 'help') return magics.map(({ name }) => name);
  const takesCode = magic.name === 'px' && isLine;
  if (takesCode && !holdsFlagsOnly(magic, before)) return undefined;
  const previous = before.trim().split(/\s+/).at(-1) ?? '';
  const valued = magic.flags.find(
    ({ names, value }) => value !== undefined && names.includes(previous),
  );
  if (valued !== undefined) return valued.choices ?? [];
  if (takesCode && !word.startsWith('-')) return undefined;
  return magic.flags
    .flatMap(({ names }) => names)
    .filter((name) => name.startsWith('--') || word === '-');
}

function replacing(typed: string, known: readonly string[], offset: number): MagicCompletion {
  const candidates = known.filter((candidate) => candidate.startsWith(typed));
  return { start: offset - typed.length, end: offset, candidates };
}

/** On a `%px` line TypeScript follows the flags. */
function holdsFlagsOnly(magic: Magic, before: string): boolean {
  try {
    // What could be the value of a flag at the end.
    const { codeStart } = readLeadingFlags(`${before} 0`, { magic: '%px', flags: magic.flags });
    return codeStart >= before.trimEnd().length;
  } catch {
    return true; // half typed
  }
}
