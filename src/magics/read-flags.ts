import { ParallelError } from '../base/errors.js';
import { didYouMean } from './did-you-mean.js';
import type { Flag, MagicFlags } from './magic-flags.js';
import { unquote, words } from './words.js';

/** Whose flags are read. */
export interface FlagOwner {
  /** As typed: `%%px`, `%pxresult_even`. */
  readonly magic: string;
  readonly flags: readonly Flag[];
}

/**
 * A line that holds flags and nothing else.
 *
 * @param instead - What to do with anything else, as a sentence.
 * @throws {@link ParallelError} `UNKNOWN_FLAG`, `BAD_ARGUMENT`.
 */
export function readFlagLine(line: string, owner: FlagOwner, instead: string): MagicFlags {
  const { flags, rest } = readFlags(line, owner, (word) => word.startsWith('-'));
  const [extra] = words(rest);
  if (extra === undefined) return flags;
  throw new ParallelError(
    'BAD_ARGUMENT',
    `The line of ${owner.magic} takes flags only, got '${extra.text}'. ${instead}`,
  );
}

/**
 * A line of flags and words, in any order.
 *
 * @throws {@link ParallelError} `UNKNOWN_FLAG`, `BAD_ARGUMENT`.
 */
export function readFlagsAndWords(
  line: string,
  owner: FlagOwner,
): { flags: MagicFlags; words: readonly string[] } {
  let found: MagicFlags = {};
  const texts: string[] = [];
  for (let left = line; ;) {
    const { flags, rest } = readFlags(left, owner, (word) => /^-(?!\d+$)/.test(word));
    found = { ...found, ...flags };
    const [word] = words(rest);
    if (word === undefined) return { flags: found, words: texts };
    texts.push(word.text);
    left = rest.slice(word.end);
  }
}

/**
 * Flags before the statement of a `%px` line, and where the statement starts. A long flag, or a short one
 * with its value or before a statement, is no TypeScript in this place; `-a` and `--count` on their own are,
 * and stay code.
 *
 * @throws {@link ParallelError} `UNKNOWN_FLAG`, `BAD_ARGUMENT`.
 */
export function readLeadingFlags(
  line: string,
  owner: FlagOwner,
): { flags: MagicFlags; codeStart: number } {
  const { flags, rest } = readFlags(line, owner, (word, after) => {
    const flag = flagOf(word, owner);
    if (flag !== undefined) {
      return word.startsWith('--') || flag.value !== undefined || isBeforeOperand(after);
    }
    return isSlipOfFlag(word, after, owner);
  });
  return { flags, codeStart: line.length - rest.length };
}

/** Two operands in a row are no TypeScript: the `a` of `-a b` is none. */
function isBeforeOperand(after: string): boolean {
  return /^\s+(?!(?:in|instanceof|as|satisfies)\b)[\p{ID_Start}$_\d'"]/u.test(after);
}

/**
 * A flag that there is not, where it can be no TypeScript: `--bogus 1`, `--bogus=1`, `-x px.id`. What is like
 * a flag is taken for one before `[` too.
 */
function isSlipOfFlag(word: string, after: string, owner: FlagOwner): boolean {
  if (/^--[a-z][\w-]*=(?!=)/i.test(word)) return true;
  if (!/^(?:--[a-z][\w-]*|-[a-z]\d*)$/i.test(word)) return false;
  if (isBeforeOperand(after)) return true;
  return /^\s+\[/.test(after) && hintFor(word, owner) !== '';
}

/** Between flags of one letter any would be alike. */
function hintFor(word: string, owner: FlagOwner): string {
  return word.startsWith('--') ? didYouMean(nameOf(word), namesOf(owner)) : '';
}

function readFlags(
  line: string,
  owner: FlagOwner,
  isFlag: (word: string, after: string) => boolean,
): { flags: MagicFlags; rest: string } {
  let flags: MagicFlags = {};
  let rest = line;
  for (;;) {
    const word = words(rest)[0];
    if (word === undefined || !isFlag(word.raw, rest.slice(word.end))) {
      return { flags, rest: rest.trimStart() };
    }
    const { flag, name, inline } = splitWord(word.raw, owner);
    rest = rest.slice(word.end);
    let value = inline;
    if (flag.value !== undefined && value === undefined) {
      const next = words(rest)[0];
      if (next === undefined || flagOf(next.raw, owner) !== undefined) {
        throw new ParallelError('BAD_ARGUMENT', `${name} needs a value: ${name} ${flag.value}.`);
      }
      value = next.text;
      rest = rest.slice(next.end);
    }
    flags = { ...flags, ...flag.read(value ?? '', name) };
  }
}

/** `--targets=0` and `-t0` hold their value. */
function splitWord(
  word: string,
  owner: FlagOwner,
): { flag: Flag; name: string; inline: string | undefined } {
  const name = nameOf(word);
  const flag = flagOf(word, owner);
  if (flag === undefined) {
    throw new ParallelError(
      'UNKNOWN_FLAG',
      `${owner.magic} has no flag ${name}.${hintFor(word, owner)} ` +
        `%help ${owner.magic.replace(/^%+/, '')} lists its flags.`,
    );
  }
  const inline =
    word.length > name.length ? unquote(word.slice(name.length).replace(/^=/, '')) : undefined;
  if (inline !== undefined && flag.value === undefined) {
    throw new ParallelError('BAD_ARGUMENT', `${name} takes no value, got '${inline}'.`);
  }
  return { flag, name, inline };
}

function flagOf(word: string, { flags }: FlagOwner): Flag | undefined {
  const name = nameOf(word);
  return flags.find(({ names }) => names.includes(name));
}

function nameOf(word: string): string {
  return word.startsWith('--') ? (word.split('=', 1)[0] ?? word) : word.slice(0, 2);
}

function namesOf({ flags }: FlagOwner): string[] {
  return flags.flatMap(({ names }) => names);
}
