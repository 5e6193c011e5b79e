import type { JsonObject } from './message.js';

/**
 * A cell after compilation: the contract between `src/compiler`, which makes it, and `src/runtime`,
 * which runs it, in this process or, after a journey over the wire, on an engine.
 *
 * `javascript` is the text of one function expression, wrapped in parentheses:
 *
 * ```js
 * (async function (exports, require, __px) { "use strict"; … })     // or `(function …` when not isAsync
 * ```
 *
 * - Each top-level declaration of the cell is a property of `exports`, read and written in place: a
 *   later cell that assigns the variable is seen by the functions of this one, what was assigned
 *   before an error or a Stop is kept. A name of an earlier cell is `exports.name` too.
 * - `__px.result(value)` is called with the value of the cell's last expression statement, if it has one.
 * - `await __px.import(specifier)` loads a module through the ESM loader, for static and dynamic imports.
 * - `__px.use(name, value, isAsync)` takes over what a top-level `using` or `await using` declares, and
 *   hands it on.
 * - An async function that awaits keeps the cell it was entered from, `const __cell = __px.cell`, and
 *   each `await x` in it is `__px.resume(__cell, await x)`, which throws when that cell was stopped.
 *   The same for the steps of `for await`.
 */
export interface CompiledCell {
  readonly format: 1;
  readonly language: 'typescript';
  /** Name of the cell in stacks and messages: `Cell [3]`, or `<px cell 3>`; unique in a session. */
  readonly name: string;
  readonly javascript: string;
  /** Source map (version 3, JSON) from `javascript` to the cell as typed; empty when there is none. */
  readonly sourceMap: string;
  /** True when `javascript` is an async function: the cell awaits at its top level or imports. */
  readonly isAsync: boolean;
  /** Top-level values that the cell declares or imports, without types: what a namespace gains. */
  readonly names: readonly string[];
  /** Folder from which imports and `require` are resolved: the notebook's. */
  readonly resolveFrom: string;
}

/**
 * What a namespace holds, in TypeScript's terms: the text of a declaration file, and a version that is
 * equal when the text is.
 */
export interface Declarations {
  readonly version: string;
  readonly text: string;
}

/** Declarations of a namespace in which nothing was declared yet. */
export const noDeclarations: Declarations = { version: '', text: '' };

/**
 * Which call a request is part of: by it the requests of one call are found together, in the order of
 * their `group.rank`, and a notebook finds its own after a restart.
 */
export interface CallMetadata {
  /** The same in all requests of one call. */
  readonly id: string;
  /** The id of the notebook's kernel. */
  readonly notebook?: string;
  /** The first line of the code, cut to a length that fits into a list. */
  readonly title?: string;
  /** Name of the cell, for a request of plain source, which has none. */
  readonly cell?: string;
}

/** Name of the cell that a request with this metadata runs; undefined when it does not say. */
export function cellNameOf({ pxlab }: JsonObject): string | undefined {
  const { cell } = (pxlab ?? {}) as { cell?: Partial<CellMetadata['cell']> };
  return typeof cell?.name === 'string' ? cell.name : undefined;
}

/** The call that a request with this metadata is part of; undefined when it does not say. */
export function callOf({ pxlab }: JsonObject): CallMetadata | undefined {
  const { call } = (pxlab ?? {}) as { call?: Partial<CallMetadata> };
  if (typeof call?.id !== 'string') return undefined;
  const { id, notebook, title, cell } = call;
  return {
    id,
    ...(typeof notebook === 'string' ? { notebook } : {}),
    ...(typeof title === 'string' ? { title } : {}),
    ...(typeof cell === 'string' ? { cell } : {}),
  };
}

/**
 * `metadata.pxlab` of an `execute_request` from our client. The TypeScript as typed is the content's
 * `code`; buffer 0 is the JavaScript, buffer 1 the source map, buffer 2 the text of `declarations.next`
 * (UTF-8 each).
 */
export interface CellMetadata {
  readonly format: 1;
  readonly language: 'typescript';
  readonly cell: {
    readonly name: string;
    readonly isAsync: boolean;
    readonly names: readonly string[];
  };
  readonly resolveFrom: string;
  /** Where the engine stands among those that the cell was sent to: `px.rank` and `px.size`. */
  readonly group?: { readonly rank: number; readonly size: number };
  /** Instead, in a broadcast, which all get alike: the uuids of its engines, in the order of their rank. */
  readonly groupUuids?: readonly string[];
  readonly call?: CallMetadata;
  /** `digestOfCode` of the buffers: an engine runs no code that its sender has not signed. */
  readonly buffersDigest: string;
  /** The reply carries the cell's value, as `src/serialize` encodes it, in its buffers. */
  readonly wantsValue?: boolean;
  /**
   * Versions of what the engine declares before and after the cell. An engine that holds another
   * `base` answers with an error named `DeclarationsDiffer`, and its own declarations beside it.
   * Absent for cells that were compiled without types.
   */
  readonly declarations?: { readonly base: string; readonly next: string };
}
