import { ParallelError } from '../base/errors.js';
import { parseTargets } from '../client/targets.js';
import { didYouMean } from './did-you-mean.js';

/** What the flags of `%px` and `%%px` say; absent where nothing was said. */
export interface PxFlags {
  /** As typed: `all`, `2`, `0,2`, `0:4:2`; which engines these are is known when the cell runs. */
  readonly targets?: string;
  readonly block?: boolean;
  /** Variable of the notebook that holds the cell's AsyncResult afterwards. */
  readonly out?: string;
  readonly timeoutMs?: number;
}

interface Flag {
  readonly names: readonly string[];
  /** What follows it, as the messages call it; absent for a switch. */
  readonly value?: string;
  read(value: string, name: string): PxFlags;
}

const flags: readonly Flag[] = [
  { names: ['--targets', '-t'], value: 'TARGETS', read: targetsFlag },
  { names: ['--block', '-b'], read: () => ({ block: true }) },
  { names: ['--noblock', '--no-block', '-a'], read: () => ({ block: false }) },
  { names: ['--out', '-o'], value: 'NAME', read: (out, name) => ({ out: identifier(out, name) }) },
  { names: ['--timeout'], value: 'SECONDS', read: (text) => ({ timeoutMs: milliseconds(text) }) },
];
const allNames = flags.flatMap(({ names }) => names);

/**
 * The flags on the first line of a `%%px` cell.
 *
 * @throws {@link ParallelError} `UNKNOWN_FLAG`, `BAD_ARGUMENT`.
 */
export function parseCellFlags(line: string): PxFlags {
  const { flags: found, rest } = readFlags(line, (word) => word.startsWith('-'));
  const [extra] = words(rest);
  if (extra === undefined) return found;
  throw new ParallelError(
    'BAD_ARGUMENT',
    `The first line of a %%px cell takes flags only, got '${extra.text}'. Put the code on the lines below it, or write %px.`,
  );
}

/**
 * Flags before the statement of a `%px` line, and where the statement starts. A long flag, or a short one
 * with its value, is no TypeScript in this place; `-a` and `--count` on their own are, and stay code.
 *
 * @throws {@link ParallelError} `UNKNOWN_FLAG`, `BAD_ARGUMENT`.
 */
export function parseLineFlags(line: string): { flags: PxFlags; codeStart: number } {
  const { flags: found, rest } = readFlags(line, (word, after) => {
    const flag = flagOf(word);
    if (flag !== undefined) return word.startsWith('--') || flag.value !== undefined;
    return isSlipOfFlag(word, after);
  });
  return { flags: found, codeStart: line.length - rest.length };
}

/** `--targts 0 …`: two operands in a row are no TypeScript, so it was meant as a flag. */
function isSlipOfFlag(word: string, after: string): boolean {
  return (
    /^--[a-z][\w-]*(=|$)/i.test(word) &&
    didYouMean(nameOf(word), allNames) !== '' &&
    (word.includes('=') || /^\s+(?!in\b|instanceof\b)[\w'"[]/.test(after))
  );
}

function readFlags(
  line: string,
  isFlag: (word: string, after: string) => boolean,
): { flags: PxFlags; rest: string } {
  let found: PxFlags = {};
  let rest = line;
  for (;;) {
    const word = words(rest)[0];
    if (word === undefined || !isFlag(word.raw, rest.slice(word.end))) {
      return { flags: found, rest: rest.trimStart() };
    }
    const { flag, name, inline } = splitWord(word.raw);
    rest = rest.slice(word.end);
    let value = inline;
    if (flag.value !== undefined && value === undefined) {
      const next = words(rest)[0];
      if (next === undefined || flagOf(next.raw) !== undefined) {
        throw new ParallelError('BAD_ARGUMENT', `${name} needs a value: ${name} ${flag.value}.`);
      }
      value = next.text;
      rest = rest.slice(next.end);
    }
    found = { ...found, ...flag.read(value ?? '', name) };
  }
}

/** `--targets=0` and `-t0` hold their value. */
function splitWord(word: string): { flag: Flag; name: string; inline: string | undefined } {
  const name = nameOf(word);
  const flag = flagOf(word);
  if (flag === undefined) {
    throw new ParallelError(
      'UNKNOWN_FLAG',
      `%px has no flag ${name}.${didYouMean(name, allNames)} It takes ${usage()}.`,
    );
  }
  const inline =
    word.length > name.length ? unquote(word.slice(name.length).replace(/^=/, '')) : undefined;
  if (inline !== undefined && flag.value === undefined) {
    throw new ParallelError('BAD_ARGUMENT', `${name} takes no value, got '${inline}'.`);
  }
  return { flag, name, inline };
}

function flagOf(word: string): Flag | undefined {
  const name = nameOf(word);
  return flags.find(({ names }) => names.includes(name));
}

function nameOf(word: string): string {
  return word.startsWith('--') ? (word.split('=', 1)[0] ?? word) : word.slice(0, 2);
}

function usage(): string {
  return flags
    .map(({ names, value }) => `${names.join('/')}${value === undefined ? '' : ` ${value}`}`)
    .join(', ');
}

/** Whether there are such engines is known when the cell runs; whether it is a list at all, now. */
function targetsFlag(targets: string): PxFlags {
  parseTargets(targets);
  return { targets };
}

function identifier(text: string, name: string): string {
  if (/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(text)) return text;
  throw new ParallelError('BAD_ARGUMENT', `${name} needs the name of a variable, got '${text}'.`);
}

function milliseconds(text: string): number {
  const seconds = Number(text);
  if (text !== '' && seconds > 0 && Number.isFinite(seconds)) return seconds * 1000;
  throw new ParallelError(
    'BAD_ARGUMENT',
    `--timeout needs a number of seconds above 0, got '${text}'.`,
  );
}

/** Words as a shell splits them: quotes and brackets hold spaces together. */
function words(text: string): { raw: string; text: string; end: number }[] {
  return [...text.matchAll(/(?:"[^"]*"|'[^']*'|\[[^\]]*\]|[^\s"'[])+|["'[]/g)].map((match) => ({
    raw: match[0],
    text: unquote(match[0]),
    end: match.index + match[0].length,
  }));
}

function unquote(word: string): string {
  return word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2');
}
