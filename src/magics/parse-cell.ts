import { ParallelError } from '../base/errors.js';
import { didYouMean } from './did-you-mean.js';
import { parseCellFlags, parseLineFlags, type PxFlags } from './px-flags.js';
import { StatementScanner } from './statement-scanner.js';

/** A cell as typed, taken apart: its parts run one after the other. */
export interface ParsedCell {
  readonly parts: readonly CellPart[];
}

export type CellPart = TypeScriptPart | PxPart;

interface PartCode {
  /**
   * The part's TypeScript, with the line and column numbers that it has in the cell: what stands before it
   * is blank.
   */
  readonly code: string;
  /** Offset in `code` + `shift` = offset in the cell, from the part's first character on. */
  readonly shift: number;
}

interface TypeScriptPart extends PartCode {
  readonly type: 'typescript';
}

/** Code for engines: the rest of a `%px` line, or the lines below `%%px`. */
export interface PxPart extends PartCode {
  readonly type: 'px';
  readonly flags: PxFlags;
}

/** Magics by name: those of a line, and those of a whole cell. */
const lineMagics: readonly string[] = ['px'];
const cellMagics: readonly string[] = ['px'];

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
  const heading = /^(?:[^\S\n]*\n)*(?:%%|\/\/[^\S\n]*%%(?=px(?:\s|$)))(\S*)([^\n]*)(?:\n|$)/.exec(
    cell,
  );
  if (heading === null) return { parts: splitLines(cell) };
  const [text, name = '', flags = ''] = heading;
  if (!cellMagics.includes(name)) throw unknownMagic(`%%${name}`, cellMagics);
  return {
    parts: [
      { type: 'px', flags: parseCellFlags(flags), ...codeFrom(cell, text.length, cell.length) },
    ],
  };
}

function splitLines(cell: string): CellPart[] {
  const scanner = new StatementScanner(cell);
  const parts: CellPart[] = [];
  let start = 0;
  for (const line of cell.matchAll(/^%(%?)([\p{ID_Continue}$]*)([^\n]*)\n?/gmu)) {
    const [text, second = '', name = '', rest = ''] = line;
    const place = scanner.advanceTo(line.index);
    if (place === 'inside') continue;
    if (second !== '') throw mustBeFirst(`%%${name}`);
    if (!lineMagics.includes(name) && place === 'after-value') continue; // `%` goes on dividing
    assertLineMagic(name, place);
    parts.push(...typeScript(cell, start, line.index));
    parts.push(linePart(cell, line.index + 1 + name.length, rest));
    start = line.index + text.length;
    scanner.skipTo(start);
  }
  return [...parts, ...typeScript(cell, start, cell.length)];
}

function linePart(cell: string, argumentsStart: number, rest: string): PxPart {
  const { flags, codeStart } = parseLineFlags(rest);
  if (rest.slice(codeStart).trim() === '') {
    throw new ParallelError('BAD_ARGUMENT', '%px needs a statement: %px console.log(px.id).');
  }
  const start = argumentsStart + codeStart;
  return { type: 'px', flags, ...codeFrom(cell, start, argumentsStart + rest.length) };
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

function assertLineMagic(name: string, place: 'statement' | 'after-value' | 'block'): void {
  if (!lineMagics.includes(name)) throw unknownMagic(`%${name}`, lineMagics);
  if (place !== 'block') return;
  throw new ParallelError(
    'BAD_ARGUMENT',
    `%${name} stands inside braces: a magic line belongs to the top level of its cell. Inside a block, call px.view.execute('…').`,
  );
}

function unknownMagic(magic: string, known: readonly string[]): ParallelError {
  const prefix = magic.startsWith('%%') ? '%%' : '%';
  const names = known.map((name) => prefix + name);
  return new ParallelError(
    'UNKNOWN_MAGIC',
    `There is no magic ${magic}.${didYouMean(magic, names)} Magics of this kind: ${names.join(', ')}.`,
  );
}

function mustBeFirst(magic: string): ParallelError {
  return new ParallelError(
    'BAD_ARGUMENT',
    `${magic} must be on the first line of its cell. For one line write %px, or move these lines to a cell of their own.`,
  );
}
