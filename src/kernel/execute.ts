import { messageOf, ParallelError } from '../base/errors.js';
import { isAsyncResult } from '../client/async-result.js';
import { type Compiler, formatDiagnostics } from '../compiler/compiler.js';
import { type CellPart, type MagicPart, parseCell } from '../magics/parse-cell.js';
import type { PxPart, TypeScriptPart } from '../magics/parts.js';
import type { CellOutcome, CellRuntime } from '../runtime/cell-runtime.js';
import type { RenderedError } from '../runtime/render-error.js';
import type { Declarations } from '../wire/cell.js';
import type { MimeBundle } from '../wire/contents.js';
import { executeReplyFailed, executeReplyLeave, executeReplyOk } from '../wire/jupyter.js';
import type { JsonObject } from '../wire/message.js';
import { showLive } from './live-result.js';
import type { ExecuteCell } from './messages.js';
import type { NotebookState } from './notebook-state.js';
import { evaluateExpressions } from './user-expressions.js';

/** What a part of a cell led to. */
export type PartOutcome =
  | (CellOutcome & { readonly status: 'ok' })
  | { readonly status: 'error' | 'interrupted'; readonly error: RenderedError };

export const noValue: CellOutcome & { readonly status: 'ok' } = {
  ...{ status: 'ok', hasValue: false, value: undefined, bundle: {} },
};

/** A part of a cell on its way. */
export interface PartContext {
  /** The request, which its outputs carry. */
  readonly id: string;
  /** Name of the part in messages: `Cell [3]`. */
  readonly name: string;
  readonly isSilent: boolean;
  /** Aborts when Stop is pressed. */
  readonly signal: AbortSignal;
  readonly executionCount: number;
}

/** A magic can run the notebook's own TypeScript too. */
export interface MagicPartContext extends PartContext {
  /** Shows the value; resolves with what went wrong. */
  readonly runLocally: (code: string) => Promise<RenderedError | undefined>;
}

export interface ExecutorOptions {
  readonly runtime: CellRuntime;
  readonly compiler: Compiler;
  readonly notebook: NotebookState;
  /** What the engines declare, for the types of what comes from them. */
  enginesDeclarations(): Declarations;
  /** What the notebook's TypeScript becomes while all cells are for engines. */
  redirected(part: TypeScriptPart): PxPart | undefined;
  /** The notebook's code is about to run, and may block the thread from now on. */
  onRun(): void;
  runMagic(part: MagicPart, context: MagicPartContext): Promise<PartOutcome>;
  /** Declaration and documentation of what ends at the end of `code`. */
  describe(code: string): Promise<MimeBundle | undefined>;
  /** Finds the notebook's cluster and its results again after a restart of the kernel. */
  recoverPx(signal: AbortSignal): Promise<void>;
}

/** Runs the notebook's cells, one after the other. */
export class CellExecutor {
  readonly #options: ExecutorOptions;
  #running: { readonly request: ExecuteCell; readonly stopping: AbortController } | undefined;

  constructor(options: ExecutorOptions) {
    this.#options = options;
  }

  /** The request whose cell runs. */
  get running(): ExecuteCell | undefined {
    return this.#running?.request;
  }

  /** Gives up what cell `id` waits for outside of its own code, if it still runs. */
  stop(id: string): void {
    if (this.running?.id === id) this.#running?.stopping.abort();
  }

  async execute(request: ExecuteCell): Promise<JsonObject> {
    if (this.#isFarewell(request.code)) return executeReplyLeave(request.executionCount);
    const stopping = new AbortController();
    this.#running = { request, stopping };
    this.#options.notebook.running = { id: request.id, signal: stopping.signal };
    const topic = helpLine.exec(request.code)?.[1];
    const outcome = await (topic === undefined
      ? this.#runParts(request, stopping.signal)
      : this.#describe(topic));
    if (outcome.status === 'interrupted') stopping.abort(); // what it left on engines ends with it
    const reply =
      outcome.status === 'ok'
        ? await this.#succeed(request, outcome, { isPage: topic !== undefined, stopping })
        : this.#fail(request, outcome.error);
    this.#running = undefined;
    this.#options.notebook.running = undefined;
    return reply;
  }

  /** `exit` alone in a cell ends a console, as in IPython, unless the notebook has something of that name. */
  #isFarewell(code: string): boolean {
    const name = /^\s*(exit|quit)\s*(?:\(\s*\))?\s*;?\s*$/.exec(code)?.[1];
    return name !== undefined && !(name in this.#options.notebook.variables);
  }

  /** Shows the value, then answers what the front end wants to know besides. */
  async #succeed(
    request: ExecuteCell,
    outcome: CellOutcome & { status: 'ok' },
    { isPage, stopping }: { readonly isPage: boolean; readonly stopping: AbortController },
  ): Promise<JsonObject> {
    const { id, executionCount, userExpressions } = request;
    if (!isPage && outcome.hasValue && !request.silent) await this.#show(request, outcome);
    const name = `Cell [${executionCount}] expression`;
    const context = { id, name, executionCount, isSilent: false, signal: stopping.signal };
    const expressions = await evaluateExpressions(userExpressions, (code) =>
      this.#runTypeScript(code, context),
    );
    const page = isPage ? outcome.bundle : undefined;
    return executeReplyOk(executionCount, { page, expressions });
  }

  /** `name?` alone in a cell asks what the name is. */
  async #describe(topic: string): Promise<PartOutcome> {
    try {
      const bundle = await this.#options.describe(topic);
      return bundle === undefined ? unknownName(topic) : { ...noValue, bundle };
    } catch (thrown) {
      return failed(thrown);
    }
  }

  /** Runs the parts until one fails. The value of the last is the cell's. */
  async #runParts(request: ExecuteCell, signal: AbortSignal): Promise<PartOutcome> {
    let outcome: PartOutcome = noValue;
    const name = `Cell [${request.executionCount}]`;
    try {
      for (const [index, part] of parseCell(request.code).parts.entries()) {
        const { id, silent: isSilent, executionCount } = request;
        const context = { id, name: nameOf(part, name, index), isSilent, signal, executionCount };
        outcome = await this.#runPart(part, context);
        if (outcome.status !== 'ok') break;
      }
    } catch (thrown) {
      return signal.aborted ? interrupted(name) : failed(thrown);
    }
    return outcome;
  }

  /** What front ends run silently is never for engines. */
  #runPart(part: CellPart, context: PartContext): Promise<PartOutcome> {
    if (part.type !== 'typescript') return this.#runMagic(part, context);
    const forEngines = context.isSilent ? undefined : this.#options.redirected(part);
    if (forEngines !== undefined) return this.#runMagic(forEngines, context);
    return this.#runTypeScript(part.code, context);
  }

  #runMagic(part: MagicPart, context: PartContext): Promise<PartOutcome> {
    const runLocally = async (code: string): Promise<RenderedError | undefined> => {
      const outcome = await this.#runTypeScript(code, context);
      if (outcome.status !== 'ok') return outcome.error;
      if (outcome.hasValue && !context.isSilent) await this.#show(context, outcome);
      return undefined;
    };
    return this.#options.runMagic(part, { ...context, runLocally });
  }

  async #runTypeScript(code: string, context: PartContext): Promise<PartOutcome> {
    const { runtime, compiler, notebook } = this.#options;
    const { id, name, isSilent, signal } = context;
    // `px.last()` is there at once: what it gives after a restart is looked for before.
    if (namesPx.test(code)) await this.#options.recoverPx(signal);
    const base = await notebook.settledDeclarations();
    const { resolveFrom } = notebook;
    const engines = this.#options.enginesDeclarations();
    const compiled = await compiler.compile(
      { side: 'notebook', name, code, base, engines, resolveFrom },
      { signal },
    );
    if (isStopped(signal)) return interrupted(name);
    if (!compiled.ok) return mistyped(formatDiagnostics(name, compiled.diagnostics));
    notebook.advance(compiled.next);
    this.#options.onRun();
    const outcome = await runtime.run(compiled.cell, { id, source: code, isSilent });
    // What px gave up for Stop fails with an error of its own, if it is quicker than the interrupt.
    return outcome.status === 'error' && isStopped(signal) ? interrupted(name) : outcome;
  }

  async #show(
    { id, executionCount }: { readonly id: string; readonly executionCount: number },
    { value, bundle }: CellOutcome & { status: 'ok' },
  ): Promise<void> {
    const { output } = this.#options.runtime;
    if (isAsyncResult(value)) {
      await showLive(value, output, { cellId: id });
      return;
    }
    const content = { data: bundle, metadata: {}, execution_count: executionCount };
    output.message({ id, type: 'execute_result', content });
  }

  #fail({ id, executionCount, silent }: ExecuteCell, error: RenderedError): JsonObject {
    if (!silent) this.#options.runtime.output.message({ id, type: 'error', content: error });
    return executeReplyFailed(executionCount, error);
  }
}

/** Two scripts of one name would hide each other's lines. */
function nameOf({ type }: CellPart, cellName: string, index: number): string {
  return type !== 'typescript' || index === 0 ? cellName : `${cellName} part ${index + 1}`;
}

/** It is no TypeScript, so that nothing else can be meant. */
const helpLine = /^\s*([\p{ID_Start}$_][\p{ID_Continue}$.]*)\?{1,2}\s*$/u;

function unknownName(topic: string): PartOutcome {
  return failed(new ParallelError('BAD_ARGUMENT', `Nothing by the name ${topic} is known here.`));
}

const namesPx = /\bpx\b/;

/** Asked anew after each await. */
function isStopped(signal: AbortSignal): boolean {
  return signal.aborted;
}

function interrupted(name: string): PartOutcome {
  const [ename, evalue] = ['Interrupted', `${name} was stopped.`];
  return { status: 'interrupted', error: { ename, evalue, traceback: [`${ename}: ${evalue}`] } };
}

/** What is wrong with a cell before anything of it runs. */
function failed(thrown: unknown): PartOutcome {
  const ename = thrown instanceof ParallelError ? thrown.name : 'KernelError';
  const evalue = messageOf(thrown);
  return { status: 'error', error: { ename, evalue, traceback: [evalue] } };
}

function mistyped(text: string): PartOutcome {
  const traceback = text.split('\n');
  return {
    status: 'error',
    error: { ename: 'TypeScriptError', evalue: traceback[0] ?? '', traceback },
  };
}
