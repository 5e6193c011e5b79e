import { setImmediate } from 'node:timers';
import type { CompiledCell } from '../wire/cell.js';
import type { MimeBundle } from '../wire/contents.js';
import { CellRun, type CellOutcome } from './cell-run.js';
import { callCell } from './cell-script.js';
import { CellSources } from './cell-sources.js';
import { CellContext, CellToken } from './cell-token.js';
import { Imports, type ImportsOptions } from './imports.js';
import { inspectValue } from './inspect-value.js';
import { isDisplayHandle } from './display.js';
import type { InterruptReceiver } from './interrupt/interrupt-receiver.js';
import { isThenable, mimeBundle } from './mime-bundle.js';
import { Namespace } from './namespace.js';
import { outOfMemory } from './out-of-memory.js';
import type { OutputPort } from './output-port.js';
import { renderError, type RenderedError } from './render-error.js';
import { type FailedDisposal, Resources } from './resources.js';

export type { CellOutcome } from './cell-run.js';

export interface CellRuntimeOptions {
  readonly output: OutputPort;
  readonly interrupts?: InterruptReceiver | undefined;
  /** Name of this machine, where cells come from another: messages name it. */
  readonly host?: string | undefined;
  /** The value of a cell that is an array of objects is shown as a table. @defaultValue true */
  readonly hasTables?: boolean;
  /** Finds the modules beside the notebook. */
  readonly locate?: ImportsOptions['locate'];
}

/** One request to run a cell. */
export interface RunRequest {
  /** `msg_id` of the request: outputs that the cell makes carry it. */
  readonly id: string;
  /** The cell as typed, for the messages of errors. */
  readonly source?: string;
  /** Makes no bundle of the value. */
  readonly isSilent?: boolean;
}

/** Values that are shown and not awaited, although they are thenable. */
const asyncResultSymbol = Symbol.for('pxlab.AsyncResult');

/**
 * Where cells run: one a process, in its main thread.
 *
 * Cells run one after the other, as their caller sees to; what earlier ones left in the background
 * goes on meanwhile.
 */
export class CellRuntime {
  readonly context: CellContext;
  readonly sources: CellSources = new CellSources();
  readonly output: OutputPort;
  readonly #namespace = new Namespace();
  readonly #resources = new Resources();
  readonly #imports: Imports;
  readonly #interrupts: InterruptReceiver | undefined;
  readonly #px: object;
  readonly #hasTables: boolean | undefined;
  #running: CellRun | undefined;
  #runs = 0;
  #stoppedRun = 0;

  constructor(options: CellRuntimeOptions) {
    this.output = options.output;
    this.#imports = new Imports(options);
    this.#hasTables = options.hasTables;
    const interrupts = options.interrupts;
    this.#interrupts = interrupts;
    this.context = new CellContext(interrupts?.requested);
    this.#px = this.#makePx();
    interrupts?.attach(this);
  }

  /** The variables of all cells. Another object after {@link clear}. */
  get namespace(): Record<string, unknown> {
    return this.#namespace.variables;
  }

  /** Number of the run that goes on, or 0. */
  get runNumber(): number {
    return this.#running?.token.run ?? 0;
  }

  /** The cell that runs; `startedMs` by `sharedNowMs`. */
  get running(): { readonly name: string; readonly startedMs: number } | undefined {
    const run = this.#running;
    return run && { name: run.token.name, startedMs: run.startedMs };
  }

  /** True for the latest run when it was stopped. */
  wasStopped(run: number): boolean {
    return run !== 0 && this.#stoppedRun === run;
  }

  /** Adds names to the namespace that will be assigned from outside, as by a push. */
  declare(names: readonly string[]): void {
    this.#namespace.declare(names);
  }

  /** Runs a cell. Never rejects: what goes wrong is an outcome. */
  run(cell: CompiledCell, request: RunRequest): Promise<CellOutcome> {
    const token = new CellToken({
      id: request.id,
      name: cell.name,
      resolveFrom: cell.resolveFrom,
      run: this.#nextRun(),
    });
    const source = request.source ?? '';
    this.sources.add({ name: cell.name, source, sourceMap: cell.sourceMap, id: request.id });
    return new Promise((resolve) => {
      const steps = {
        call: () => this.#call(cell, token),
        conclude: () => this.#conclude(token, request.isSilent === true),
        render: (thrown: unknown) => this.renderError(thrown),
        stopReason: () => this.#dropAfterFill(cell, token),
      };
      const run = new CellRun(token, steps, (outcome) => {
        if (outcome.status === 'interrupted') this.#stoppedRun = token.run;
        this.#end();
        resolve(outcome);
      });
      this.#begin(run);
    });
  }

  /** Stops the cell that runs. To be called from the event loop, not from a cell. */
  interrupt(): void {
    this.#running?.interrupt();
  }

  /** Forgets all variables. What `using` declared is disposed of, and not waited for. */
  clear(): void {
    void this.dispose(); // it never rejects
    this.#namespace.clear();
    this.sources.clear();
  }

  /** Disposes of what top-level `using` of cells declared. What fails is said on stderr. */
  async dispose(): Promise<void> {
    this.#tellFailed(await this.#resources.dispose());
  }

  renderError(thrown: unknown): RenderedError {
    return renderError(thrown, this.sources);
  }

  /** Stops nothing, but what was struck in the background may have left its mark. */
  recover(): void {
    // An exit that was ended is none; until Node knows, it drops the ticks of all code.
    (process as { _exiting?: boolean })._exiting = false;
    if (this.#running === undefined) this.context.rest(this.#nextRun());
    else this.context.enter(this.#running.token);
  }

  /** What a cell that filled the heap declared leaves it, so that there is room for the next. */
  #dropAfterFill({ names }: CompiledCell, { run, name }: CellToken): RenderedError | undefined {
    const fill = this.#interrupts?.fillOf(run);
    if (fill === undefined) return undefined;
    if (fill.isOfRun) for (const each of names) this.#namespace.variables[each] = undefined;
    return outOfMemory(name, fill);
  }

  #nextRun(): number {
    return (this.#runs = (this.#runs % 0x7fff_ffff) + 1);
  }

  #begin(run: CellRun): void {
    this.#running = run;
    this.#interrupts?.setRunning(run.token.run);
    this.context.enter(run.token);
    this.output.foreground(run.token.id);
    run.start();
  }

  #end(): void {
    this.#running = undefined;
    this.#interrupts?.setRunning(0);
    this.context.rest(this.#nextRun());
    this.output.settle();
  }

  #call(cell: CompiledCell, token: CellToken): unknown {
    this.context.enter(token);
    const replaced = this.#resources.among(cell.names);
    return replaced.length === 0
      ? this.#enter(cell)
      : this.#replace(replaced, token).then(() => this.#enter(cell));
  }

  /** What the cell declares again is disposed of before it starts. */
  async #replace(names: readonly string[], token: CellToken): Promise<void> {
    const failed = await this.#resources.dispose(names);
    for (const name of names) this.#namespace.variables[name] = undefined;
    this.#tellFailed(failed);
    await new Promise((resolve) => setImmediate(resolve)); // from where cells are entered: see CellRun
    this.context.resume(token, undefined);
    this.context.enter(token);
  }

  #tellFailed(failed: readonly FailedDisposal[]): void {
    for (const { name, thrown } of failed) {
      const traceback = this.renderError(thrown).traceback.join('\n');
      const text = `\`${name}\` could not be disposed of: ${traceback}\n`;
      this.output.stream(this.context.current.id, 'stderr', text);
    }
  }

  #enter(cell: CompiledCell): unknown {
    this.#namespace.declare(cell.names);
    const given = {
      exports: this.#namespace.variables,
      require: this.#imports.requireFrom(cell.resolveFrom),
      px: this.#px,
    };
    return callCell(cell, given);
  }

  async #conclude(token: CellToken, isSilent: boolean): Promise<CellOutcome> {
    const value: unknown = await settled(token.result?.value);
    while (token.pending.size > 0) await Promise.allSettled(token.pending);
    const shown = value as { value: unknown };
    const hasValue = shown.value !== undefined && !isDisplayHandle(shown.value);
    const bundle = hasValue && !isSilent ? await this.#bundleOf(shown.value, token) : {};
    return { status: 'ok', hasValue, value: shown.value, bundle };
  }

  /** A value that fails to show itself fails no cell: its text is shown, and stderr says why. */
  async #bundleOf(value: unknown, token: CellToken): Promise<MimeBundle> {
    try {
      return await mimeBundle(value, { hasTables: this.#hasTables });
    } catch (thrown) {
      if (token.isStopped) throw thrown;
      const { traceback } = this.renderError(thrown);
      this.output.stream(token.id, 'stderr', `display failed: ${traceback.join('\n')}\n`);
      return { 'text/plain': inspectValue(value) };
    }
  }

  /** What compiled cells call: see `src/wire/cell.ts`. */
  #makePx(): object {
    const { context } = this;
    const imports = this.#imports;
    return Object.freeze({
      get cell(): CellToken {
        return context.current;
      },
      resume: <T>(token: CellToken, value: T): T => context.resume(token, value),
      import: (specifier: unknown, options?: unknown): Promise<unknown> =>
        imports.load(context.current.resolveFrom, specifier, options),
      use: <T>(name: string, value: T, isAsync: boolean): T =>
        this.#resources.use(name, value, isAsync),
      result: (value: unknown): void => {
        context.current.result = { value };
      },
    });
  }
}

/** The value in a box, so that an AsyncResult passes through promises as it is. */
async function settled(value: unknown): Promise<{ value: unknown }> {
  if (!isThenable(value) || asyncResultSymbol in value) return { value };
  return { value: await value };
}
