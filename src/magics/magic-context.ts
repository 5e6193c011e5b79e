import type { AsyncResult } from '../client/async-result.js';
import type { ShownError } from './engine-failures.js';
import type { MagicOutput } from './magic-output.js';

/** What a magic has around it: its cell. */
export interface MagicContext {
  readonly output: MagicOutput;
  /** Name of the notebook's cell: `Cell [3]`. */
  readonly cellName: string;
  /** Stop was pressed. */
  readonly signal: AbortSignal;
  /** Runs TypeScript in the notebook and shows its value; resolves with what went wrong. */
  readonly runLocally: (code: string) => Promise<ShownError | undefined>;
}

/** What came of a magic: the kernel shows the error, and a result as it shows the value of a cell. */
export type MagicOutcome =
  | { readonly status: 'ok'; readonly result?: AsyncResult<unknown> }
  | { readonly status: 'error'; readonly error: ShownError };

export const done: MagicOutcome = { status: 'ok' };

export function outcomeOf(error: ShownError | undefined): MagicOutcome {
  return error === undefined ? done : { status: 'error', error };
}
