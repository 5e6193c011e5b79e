import type { CellKind } from './read-cell.js';
import ts from './typescript.cjs';
import { bindFile, localsOf } from './typescript-internals.js';

/**
 * The list of exports below a cell. The converter makes a program of the cell, looks what names it declares, and makes
 * another one of the cell with these as exports. Both are given the second text, so that one program is made.
 */
export class CellExports {
  #bare = '';
  #asked = '';
  #whole = '';

  /** @param text - The cell, or the cell and the converter's list. */
  added(text: string, kind: CellKind): string {
    if (text !== this.#bare && text !== this.#asked) this.#read(text, kind);
    return this.#whole;
  }

  #read(text: string, kind: CellKind): void {
    const scriptKind = kind === 'tsx' ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
    const file = ts.createSourceFile('cell.ts', text, ts.ScriptTarget.Latest, false, scriptKind);
    bindFile(file, {});
    const names = [...localsOf(file).keys()];
    this.#bare = text;
    this.#asked = names.length === 0 ? text : `${text}\nexport {${names.join(', ')}}`;
    this.#whole =
      names.length === 0 ? text : `${text}\nexport {${names.flatMap(ownName).join(', ')}}`;
  }
}

/**
 * TypeScript keeps names that begin with two underscores with a third one: `___dirname`. What `declare global` and
 * `declare module 'm'` are kept as is no name at all.
 */
function ownName(name: string): string[] {
  if (name === '__global' || name.startsWith('"')) return [];
  return [name.replace(/^___/, '__')];
}
