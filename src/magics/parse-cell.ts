import { ParallelError } from '../base/errors.js';
import { findMagic, type FoundMagic, magicNames } from './catalog.js';
import { didYouMean } from './did-you-mean.js';
import { type CommandPart, parseCommand } from './parse-command.js';
import type { PartCode, PxPart, TypeScriptPart } from './parts.js';
import { readFlagLine, readLeadingFlags } from './read-flags.js';
import { type LineStart, StatementScanner } from './statement-scanner.js';

/** A cell as typed, taken apart: its parts run one after the other. */
export interface ParsedCell {
  readonly parts: readonly CellPart[];
}

export type CellPart = TypeScriptPart | MagicPart;
export type MagicPart = PxPart | CommandPart;

/**
 * Takes a cell apart into TypeScript and magics.
 *
 * A magic line is `%name` of a known magic in column 0 where a statement can begin: not in a string, template,
 * comment or bracket, where `%` is what it is in TypeScript. `%%name` is the first line of its cell; `// %%px`
 * is the same magic, and leaves the cell valid TypeScript.
 *
 * @throws {@link ParallelError} `UNKNOWN_MAGIC`, `UNKNOWN_FLAG`, `BAD_ARGUMENT`: nothing of the cell runs then.
 *
 * @example
 * ```ts
 * parseCell('const a = 5\n%px b').parts.map((part) => part.type); // ['typescript', 'px']
 * parseCell('const a = (5\n%px)').parts.map((part) => part.type); // ['typescript']
 * ```
 */
export function parseCell(cell: string): ParsedCell {
  const heading = headingPattern.exec(cell);
  if (heading === null) return { parts: splitLines(cell) };
  const [text, name = '', rest = ''] = heading;
  const found = findMagic(name);
  const end = text.trimEnd().length;
  if (asksForHelp(name, rest)) {
    return { parts: [parseCommand({ name: 'help', rest: name }, codeFrom(cell, end, end))] };
  }
  if (found?.magic.isForCells !== true) throw unknownCellMagic(name, found);
  const owner = { magic: `%%${name}`, flags: found.magic.flags };
  const flags = readFlagLine(rest, owner, 'Put the code on the lines below it, or write %px.');
  const code = codeFrom(cell, text.length, cell.length);
  return { parts: [{ type: 'px', suffix: found.suffix, flags, ...code }] };
}

const headingPattern =
  /^(?:[^\S\n]*\n)*(?:%%|\/\/[^\S\n]*%%(?=px(?:_\S+)?(?:\s|$)))([\p{ID_Continue}$]*)([^\n]*)(?:\n|$)/u;

/** A magic, or a command of the shell, which a backslash continues on the next line. */
const linePattern = new RegExp(
  String.raw`^([^\S\n]*)%(%?)([\p{ID_Continue}$]*)([^\n]*)\n?|` +
    String.raw`^!(?!=)((?![^\S\n]*(?:[!(\[{+'"\x60]|(?:async\s+)?function\b|[\w$.?]+[(\[]))[^\n]*(?:(?<=\\)\n[^\n]*)*)\n?`,
  'gmu',
);

/** `!ls`: not where `!` negates a call, a bracket or a literal. */
function shellPart(cell: string, start: number, command: string): MagicPart {
  const end = start + 1 + command.length;
  return parseCommand({ name: 'sh', rest: command }, codeFrom(cell, end, end));
}

function splitLines(cell: string): CellPart[] {
  const scanner = new StatementScanner(cell);
  const parts: CellPart[] = [];
  let start = 0;
  for (const line of cell.matchAll(linePattern)) {
    const [text, indent = ''] = line;
    const place = scanner.advanceTo(line.index + indent.length);
    const part = place === 'inside' ? undefined : partAt(cell, line, place);
    if (part === undefined) continue;
    parts.push(...typeScript(cell, start, line.index), part);
    start = line.index + text.length;
    scanner.skipTo(start);
  }
  return [...parts, ...typeScript(cell, start, cell.length)];
}

/** Undefined where the line is TypeScript. */
function partAt(cell: string, line: RegExpExecArray, place: LineStart): MagicPart | undefined {
  const [, indent = '', second = '', name = '', rest = '', command] = line;
  if (command !== undefined) {
    return place === 'block' ? undefined : shellPart(cell, line.index, command);
  }
  if (indent !== '') {
    refuseIndented(`%${second}${name}`, place);
    return undefined;
  }
  if (second !== '') throw mustBeFirst(`%%${name}`);
  const found = lineMagic(name, place);
  if (found === undefined) return undefined;
  return linePart(cell, { found, name, rest, restStart: line.index + 1 + name.length });
}

/** After a value an indented `%` goes on dividing; where a statement can begin it is meant as a magic. */
function refuseIndented(magic: string, place: LineStart): void {
  const name = magic.replace(/^%+/, '');
  if (place === 'after-value' || findMagic(name) === undefined) return;
  if (place === 'block') throw insideBraces(name);
  throw new ParallelError(
    'BAD_ARGUMENT',
    `${magic} is indented: a magic begins in the first column. Remove the spaces before it.`,
  );
}

/** Undefined where `%` goes on dividing. */
function lineMagic(name: string, place: LineStart): FoundMagic | undefined {
  const found = findMagic(name);
  if (found === undefined && place === 'after-value') return undefined;
  if (found === undefined) throw unknownMagic(`%${name}`, magicNames('line'));
  if (place === 'block') throw insideBraces(name);
  return found;
}

/** A magic line: its name as typed, and what follows from `restStart` on. */
interface MagicLine {
  readonly found: FoundMagic;
  readonly name: string;
  readonly rest: string;
  readonly restStart: number;
}

function linePart(cell: string, line: MagicLine): MagicPart {
  const { found, name, rest, restStart } = line;
  const blank = codeFrom(cell, restStart, restStart);
  if (asksForHelp(name, rest)) return parseCommand({ name: 'help', rest: name }, blank);
  if (found.magic.name !== 'px') return parseCommand({ name, rest }, blank);
  const { flags, codeStart } = readLeadingFlags(rest, {
    magic: `%${name}`,
    flags: found.magic.flags,
  });
  if (rest.slice(codeStart).trim() === '') {
    throw new ParallelError(
      'BAD_ARGUMENT',
      `%${name} needs a statement: %${name} console.log(px.id).`,
    );
  }
  const code = codeFrom(cell, restStart + codeStart, restStart + rest.length);
  return { type: 'px', suffix: found.suffix, flags, ...code };
}

/** `%px?`, `%%px --help`: as in IPython, and as in a terminal. `-h` alone may be TypeScript. */
function asksForHelp(name: string, rest: string): boolean {
  return findMagic(name) !== undefined && /^\s*(\?+|--help)\s*$/.test(rest) && name !== 'pxcluster';
}

function typeScript(cell: string, start: number, end: number): TypeScriptPart[] {
  if (cell.slice(start, end).trim() === '') return [];
  return [{ type: 'typescript', ...codeFrom(cell, start, end) }];
}

function codeFrom(cell: string, start: number, end: number): PartCode {
  const lineStart = cell.slice(0, start).lastIndexOf('\n') + 1;
  const linesBefore = cell.slice(0, lineStart).replace(/[^\n]/g, '');
  const blank = linesBefore + ' '.repeat(start - lineStart);
  return { code: blank + cell.slice(start, end), shift: start - blank.length };
}

function insideBraces(name: string): ParallelError {
  return new ParallelError(
    'BAD_ARGUMENT',
    `%${name} stands inside braces: a magic line belongs to the top level of its cell. Inside a block, call px.view.execute('…').`,
  );
}

function unknownCellMagic(name: string, found: FoundMagic | undefined): ParallelError {
  if (found === undefined) return unknownMagic(`%%${name}`, magicNames('cell'));
  return new ParallelError(
    'UNKNOWN_MAGIC',
    `There is no magic %%${name} for a whole cell. Write %${name}, which takes one line.`,
  );
}

function unknownMagic(magic: string, known: readonly string[]): ParallelError {
  return new ParallelError(
    'UNKNOWN_MAGIC',
    `There is no magic ${magic}.${didYouMean(magic, known)} Magics of this kind: ${known.join(', ')}.`,
  );
}

function mustBeFirst(magic: string): ParallelError {
  return new ParallelError(
    'BAD_ARGUMENT',
    `${magic} must be on the first line of its cell. For one line write %px, or move these lines to a cell of their own.`,
  );
}
