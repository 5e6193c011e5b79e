/** What the I/O worker asks main in the midst of what it does. */
export type DebugQuestion =
  | { readonly type: 'open'; readonly port: number }
  | { readonly type: 'close' }
  | { readonly type: 'stack' };

/** A question, and until when its answer is waited for, by `sharedNowMs`. */
export interface AskedQuestion {
  readonly question: DebugQuestion;
  readonly deadlineMs: number;
}

/** Where main is, with what it takes to tell it in the cells' own lines. */
export interface CapturedStack {
  /** Lines as V8 writes them, innermost frame first. */
  readonly frames: readonly string[];
  /** True when a debugger holds it at a breakpoint. */
  readonly isHalted: boolean;
  /** The cell that runs. */
  readonly cell?: { readonly name: string; readonly startedMs: number };
  readonly cells: readonly CapturedCell[];
}

/** A cell that `frames` names. */
interface CapturedCell {
  readonly name: string;
  readonly source: string;
  readonly sourceMap: string;
}

/** What main calls to answer: `globalThis[Symbol.for(askKey)]`, with an {@link AskedQuestion}, as JSON. */
export const askKey = 'pxlab.ask';
/** Name of the code that the inspector evaluates: the frames below it are what it interrupted. */
export const askScript = 'pxlab:ask';
