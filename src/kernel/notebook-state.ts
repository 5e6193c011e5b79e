import type { Compiler, Typecheck } from '../compiler/compiler.js';
import type { Notebook } from '../px/notebook.js';
import type { CellRuntime } from '../runtime/cell-runtime.js';
import { type Declarations, noDeclarations } from '../wire/cell.js';

/** The variables of the notebook and their types, as they are between two cells. */
export class NotebookState implements Notebook {
  readonly resolveFrom: string;
  /** The cell that runs; its executor sets it. */
  running: { readonly id: string; readonly signal: AbortSignal } | undefined;
  readonly #runtime: CellRuntime;
  readonly #compiler: Compiler;
  #declarations: Declarations = noDeclarations;
  #declaring: Promise<void> = Promise.resolve();

  constructor(parts: { runtime: CellRuntime; compiler: Compiler; cwd: string }) {
    this.#runtime = parts.runtime;
    this.#compiler = parts.compiler;
    this.resolveFrom = parts.cwd;
  }

  get typecheck(): Typecheck {
    return this.#compiler.typecheck;
  }

  set typecheck(typecheck: Typecheck) {
    this.#compiler.typecheck = typecheck;
  }

  describeProject(): Promise<string> {
    return this.#compiler.describeProject();
  }

  get declarations(): Declarations {
    return this.#declarations;
  }

  get variables(): Readonly<Record<string, unknown>> {
    return this.#runtime.namespace;
  }

  get signal(): AbortSignal | undefined {
    return this.running?.signal;
  }

  define({ name, value, type }: { name: string; value: unknown; type: string }): void {
    this.#runtime.declare([name]);
    this.#runtime.namespace[name] = value;
    // A failure means a compiler that is gone, of which the next cell tells.
    this.#declaring = this.#declaring.then(() => this.#declare({ [name]: type })).catch(() => {});
  }

  tell(line: string): void {
    const { output, context } = this.#runtime;
    output.stream(this.running?.id ?? context.foreground.id, 'stdout', `${line}\n`);
  }

  /** What the next cell is compiled against, with all that was defined until now. */
  async settledDeclarations(): Promise<Declarations> {
    await this.#declaring;
    return this.#declarations;
  }

  /** Another cell declared this. */
  advance(next: Declarations): void {
    this.#declarations = next;
  }

  async #declare(types: Readonly<Record<string, string>>): Promise<void> {
    this.#declarations = await this.#compiler.declare({ base: this.#declarations, types });
  }
}
