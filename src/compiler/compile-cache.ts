import type { CompileRequest } from './cell-compiler.js';

/** The last cells that compiled, so that running a cell again costs nothing. The oldest make room. */
export class CompileCache<T> {
  readonly #entries = new Map<string, T>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(request: CompileRequest): T | undefined {
    const key = keyOf(request);
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  set(request: CompileRequest, entry: T): void {
    this.#entries.set(keyOf(request), entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#limit && oldest !== undefined) this.#entries.delete(oldest);
  }
}

/** What the outcome depends on. A cell that imports a local file is compiled with what it held then. */
function keyOf({ side, code, base, resolveFrom, engines }: CompileRequest): string {
  return JSON.stringify([side, code, base.version, engines?.version, resolveFrom]);
}
