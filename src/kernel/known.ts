import type { Declarations } from '../wire/cell.js';

/** What the two sides declare at the moment. */
export interface KnownDeclarations {
  readonly notebook: Declarations;
  readonly engines: Declarations;
}

/** What the main thread's assistant goes by, as it was when the cell began that blocks it. */
export interface Known extends KnownDeclarations {
  /** Suffixes of the views that have magics. */
  readonly suffixes: readonly string[];
  /** Suffix of the view on which all cells run, if they do. */
  readonly auto: string | undefined;
}
