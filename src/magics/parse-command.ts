import { ParallelError } from '../base/errors.js';
import { findMagic, type MagicName } from './catalog.js';
import type { MagicFlags } from './magic-flags.js';
import type { PartCode } from './parts.js';
import { readFlagLine, readFlagsAndWords } from './read-flags.js';
import { words } from './words.js';

/** A magic line that runs no code of its own. */
export interface CommandPart extends PartCode {
  readonly type: 'command';
  readonly name: Exclude<MagicName, 'px'>;
  /** Of which activated view; empty for the notebook's own. */
  readonly suffix: string;
  readonly flags: MagicFlags;
  /** What follows `%pxcluster`, `%npm`, `%typecheck` and `%help`; of `%stack` and `%inspect`, what is no flag. */
  readonly words: readonly string[];
  /** What follows the name, as typed. */
  readonly rest: string;
}

/**
 * What a line such as `%pxresult -e` asks for.
 *
 * @param line - The name as typed, of a magic that there is, and what follows it.
 * @throws {@link ParallelError} `UNKNOWN_FLAG`, `BAD_ARGUMENT`.
 */
export function parseCommand(
  line: { readonly name: string; readonly rest: string },
  place: PartCode,
): CommandPart {
  const found = findMagic(line.name);
  const name = found?.magic.name;
  if (found === undefined || name === undefined || name === 'px') {
    throw new TypeError(`%${line.name} is no command`);
  }
  const { magic, suffix } = found;
  const common = { type: 'command', name, suffix, flags: {}, rest: line.rest, ...place } as const;
  if (programs.has(name)) return { ...common, words: textsOf(line.rest) };
  const rest = line.rest.replace(/\s*;?\s*(?:\/\/.*)?$/s, '');
  if (wordy.has(name)) return { ...common, words: textsOf(rest) };
  if (name === 'autopx' && rest.trim() !== '') {
    throw new ParallelError(
      'BAD_ARGUMENT',
      `%${line.name} takes nothing behind it, got '${rest.trim()}'. It changes where the cells below run.`,
    );
  }
  const owner = { magic: `%${line.name}`, flags: magic.flags };
  if (mixed.has(name)) return { ...common, ...readFlagsAndWords(rest, owner) };
  const flags = readFlagLine(rest, owner, 'Code belongs to a line of its own.');
  return { ...common, flags, words: [] };
}

/** What follows their names is for a program to read. */
const programs: ReadonlySet<MagicName> = new Set(['pxcluster', 'npm', 'sh']);

/** They take words, and no flags. */
const wordy: ReadonlySet<MagicName> = new Set(['help', 'typecheck']);
/** They take both. */
const mixed: ReadonlySet<MagicName> = new Set(['stack', 'inspect']);

function textsOf(text: string): string[] {
  return words(text).map((word) => word.text);
}
