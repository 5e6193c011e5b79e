import type { Typecheck } from '../compiler/compiler.js';
import type { Declarations } from '../wire/cell.js';

/** The notebook's own side, as `px` and the magics need it: the kernel provides it. */
export interface Notebook {
  /** How strictly its cells, and those for engines, are checked. */
  typecheck: Typecheck;
  /** What its tsconfig.json says and its cells take, in a few lines; empty without one. */
  describeProject(): Promise<string>;
  /** Folder from which the imports of its cells are resolved, on engines too. */
  readonly resolveFrom: string;
  /** What its cells declared so far. */
  readonly declarations: Declarations;
  /** Its variables by name. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Aborts when Stop is pressed in the cell that runs; undefined while none does. */
  readonly signal?: AbortSignal | undefined;
  /** Adds a variable, with the TypeScript type that later cells see. */
  define(variable: { readonly name: string; readonly value: unknown; readonly type: string }): void;
  /** Shows one line to the user, in the output of the cell that runs. */
  tell(line: string): void;
}
