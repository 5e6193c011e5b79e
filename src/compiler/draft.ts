import type MagicString from 'magic-string';
import type { Syntax } from './syntax.js';
import type { Wraps } from './wraps.js';

/**
 * Where a name that the cell does not declare lives: in `exports`, outside, or (without types nobody
 * can tell before the cell runs) in `exports` if it is there by then.
 */
type FreeNames = (name: string) => 'exports' | 'outside' | 'unknown';

export interface TransformOptions {
  /** What the cell declares for later cells: the names in its export lists, or those of its top level. */
  readonly declares: 'exported' | ((name: string) => boolean);
  /** Whether the value of the last statement is the cell's; absent: when it is an expression. */
  readonly hasResult?: boolean;
  readonly free: FreeNames;
  /** Folder that `import.meta` speaks of. */
  readonly resolveFrom: string;
}

/** What the steps of the transform share. */
export interface Draft {
  readonly syntax: Syntax;
  readonly text: MagicString;
  readonly wraps: Wraps;
  /** Statements to run before the first one of the cell. */
  readonly prologue: string[];
  readonly options: TransformOptions;
  /** Top-level names that live in `exports`. */
  readonly lifted: Set<string>;
}
