import type ts from './typescript.cjs';
import { parseCellFile, parseErrorsOf } from './typescript-internals.js';

/** How a cell is parsed. */
export type CellKind = 'ts' | 'tsx';

export interface ReadCell {
  readonly file: ts.SourceFile;
  readonly kind: CellKind;
  /** The cell holds JSX, and nothing says what is to be made of it. */
  readonly isUnknownJsx: boolean;
}

/**
 * A cell is TypeScript if it can be, so that `<T>x` and `<T>(x: T) => x` mean what they mean elsewhere in
 * a notebook. What is no TypeScript is JSX when a pragma or tsconfig.json says what JSX becomes.
 *
 * @param hasJsx - tsconfig.json says so.
 */
export function readCell(code: string, hasJsx: boolean): ReadCell {
  const file = parseCellFile(code, 'ts');
  if (parseErrorsOf(file).length === 0) return { file, kind: 'ts', isUnknownJsx: false };
  const asTsx = parseCellFile(code, 'tsx');
  const isTsx = parseErrorsOf(asTsx).length === 0;
  if (!isTsx && !looksLikeJsx.test(code)) return { file, kind: 'ts', isUnknownJsx: false };
  if (hasJsx || pragma.test(code)) return { file: asTsx, kind: 'tsx', isUnknownJsx: false };
  return { file, kind: 'ts', isUnknownJsx: isTsx };
}

/** In a comment before the first statement, as TypeScript wants it. */
const pragma = /^(?:\s|\/\/[^\n]*\n|\/\*(?:(?!\*\/)[^])*\*\/)*?\/\*\*?(?:(?!\*\/)[^])*@jsx/;

/** Errors in what has a closing tag are better told as those of JSX. */
const looksLikeJsx = /<\/[\w.:-]*\s*>|\/>/;

/** What to do about JSX that nothing is known of. */
export const unknownJsxSentence: string =
  'This cell holds JSX, and nothing says what it becomes. Begin the cell with /** @jsxImportSource preact */ ' +
  '(or react, or another package), or with /** @jsx h */ for a function of yours; or set "jsx" in a ' +
  'tsconfig.json beside the notebook.';
