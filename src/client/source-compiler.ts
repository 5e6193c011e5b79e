import { cwd } from 'node:process';
import type { CompiledCell } from '../wire/cell.js';

/** Compiled sources that are kept, so that a loop that sends one text compiles it once. */
const maxKept = 200;

export interface SourceOptions {
  /** Name in stacks. @defaultValue `<execute N>` */
  readonly name?: string | undefined;
  /** Folder from which imports are resolved. @defaultValue the working folder */
  readonly resolveFrom?: string | undefined;
}

/** Compiles what scripts execute, without types; the compiler is loaded at the first use. */
export class SourceCompiler {
  readonly #kept = new Map<string, CompiledCell>();
  #count = 0;

  /** The compiled source, or a promise of it when it was not compiled before. */
  compile(code: string, options: SourceOptions = {}): CompiledCell | Promise<CompiledCell> {
    const { resolveFrom = cwd() } = options;
    const key = JSON.stringify([code, options.name, resolveFrom]);
    const kept = this.#kept.get(key);
    if (kept === undefined) return this.#compile(key, { ...options, code, resolveFrom });
    // Last used, last dropped.
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept;
  }

  async #compile(
    key: string,
    source: SourceOptions & { code: string; resolveFrom: string },
  ): Promise<CompiledCell> {
    const name = source.name ?? `<execute ${(this.#count += 1)}>`;
    const { compileUntyped } = await import('../compiler/untyped.js');
    const cell = await compileUntyped({ ...source, name });
    this.#kept.set(key, cell);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > maxKept && oldest !== undefined) this.#kept.delete(oldest);
    return cell;
  }
}
