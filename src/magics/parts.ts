import type { MagicFlags } from './magic-flags.js';

export interface PartCode {
  /**
   * The part's TypeScript, with the line and column numbers that it has in the cell: what stands before it
   * is blank.
   */
  readonly code: string;
  /** Offset in `code` + `shift` = offset in the cell, from the part's first character on. */
  readonly shift: number;
}

export interface TypeScriptPart extends PartCode {
  readonly type: 'typescript';
}

/** Code for engines: the rest of a `%px` line, or the lines below `%%px`. */
export interface PxPart extends PartCode {
  readonly type: 'px';
  /** Of which activated view; empty for the notebook's own. */
  readonly suffix: string;
  readonly flags: MagicFlags;
  /** It is the notebook's own TypeScript, and comes to the engines by `%autopx`. @defaultValue false */
  readonly isRedirected?: boolean;
}
