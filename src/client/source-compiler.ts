import { cwd } from 'node:process';
import type * as Untyped from '../compiler/untyped.js';
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
  #untyped: typeof Untyped | undefined;
  #count = 0;

  /** Loads the compiler, so that JavaScript is compiled at once from then on. */
  async warm(): Promise<void> {
    this.#untyped ??= await import('../compiler/untyped.js');
  }

  /** The compiled source, or a promise of it when it was not compiled before. */
  compile(code: string, options: SourceOptions = {}): CompiledCell | Promise<CompiledCell> {
    const { resolveFrom = cwd() } = options;
    const key = JSON.stringify([code, options.name, resolveFrom]);
    const kept = this.#kept.get(key) ?? this.#compileNow(key, { ...options, code, resolveFrom });
    if (kept === undefined) return this.#compile(key, { ...options, code, resolveFrom });
    // Last used, last dropped.
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept;
  }

  /** Without a wait, in which other calls would have to line up behind this one. */
  #compileNow(key: string, source: NamedSource): CompiledCell | undefined {
    const cell = this.#untyped?.compileJavaScript({ ...source, name: this.#nameOf(source) });
    if (cell !== undefined) this.#keep(key, cell);
    return cell;
  }

  async #compile(key: string, source: NamedSource): Promise<CompiledCell> {
    await this.warm();
    const { compileUntyped } = await import('../compiler/untyped.js');
    const cell = await compileUntyped({ ...source, name: this.#nameOf(source) });
    this.#keep(key, cell);
    return cell;
  }

  #nameOf({ name }: SourceOptions): string {
    return name ?? `<execute ${(this.#count += 1)}>`;
  }

  #keep(key: string, cell: CompiledCell): void {
    this.#kept.set(key, cell);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > maxKept && oldest !== undefined) this.#kept.delete(oldest);
  }
}

interface NamedSource extends SourceOptions {
  readonly code: string;
  readonly resolveFrom: string;
}
