import type { Completeness } from './protocol.js';
import { readCell } from './read-cell.js';
import { parseErrorsOf } from './typescript-internals.js';

/** Errors of an end that came too early, wherever they are reported: a comment, a template, an element. */
const openAtEnd: ReadonlySet<number> = new Set([1010, 1160, 17008, 17014]);

/** Whether a console should run `code` or ask for more of it. Two empty lines always run it. */
export function completenessOf(code: string): Completeness {
  const errors = parseErrorsOf(readCell(code, true).file);
  if (errors.length === 0 || /\n[ \t]*\n[ \t]*$/.test(code))
    return { status: 'complete', indent: '' };
  const end = code.trimEnd().length;
  const isOpen = errors.some(({ start = 0, code: error }) => start >= end || openAtEnd.has(error));
  return isOpen
    ? { status: 'incomplete', indent: indentAfter(code) }
    : { status: 'invalid', indent: '' };
}

/** The indentation of the last line, and two more columns when it opens something. */
function indentAfter(code: string): string {
  const line = code.slice(code.lastIndexOf('\n') + 1);
  const indent = /^\s*/.exec(line)?.[0] ?? '';
  return /[{([]\s*$/.test(line) ? `${indent}  ` : indent;
}
