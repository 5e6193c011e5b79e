import { type Compiler, formatDiagnostics } from '../compiler/compiler.js';
import type { CellOutcome, CellRuntime } from '../runtime/cell-runtime.js';
import type { RenderedError } from '../runtime/render-error.js';
import { type Declarations, noDeclarations } from '../wire/cell.js';
import { executeReplyFailed, executeReplyOk } from '../wire/jupyter.js';
import type { JsonObject } from '../wire/message.js';
import type { ExecuteCell } from './messages.js';

interface Parts {
  readonly runtime: CellRuntime;
  readonly compiler: Compiler;
  /** Folder from which imports are resolved. */
  readonly cwd: string;
}

/** Runs the notebook's cells, one after the other. */
export class CellExecutor {
  readonly #parts: Parts;
  #declarations: Declarations = noDeclarations;
  #stopping = new AbortController();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Gives up what the running cell waits for outside of its own code. */
  stop(): void {
    this.#stopping.abort();
  }

  async execute(request: ExecuteCell): Promise<JsonObject> {
    this.#stopping = new AbortController();
    const outcome = await this.#runTypeScript(request, `Cell [${request.executionCount}]`);
    if (outcome.status === 'ok') return this.#succeed(request, outcome);
    return this.#fail(request, outcome.error);
  }

  async #runTypeScript(request: ExecuteCell, name: string): Promise<Outcome> {
    const { runtime, compiler, cwd } = this.#parts;
    const { id, code } = request;
    const { signal } = this.#stopping;
    const base = this.#declarations;
    const compiled = await compiler.compile(
      { side: 'notebook', name, code, base, resolveFrom: cwd },
      { signal },
    );
    if (!compiled.ok) {
      const lines = formatDiagnostics(name, compiled.diagnostics).split('\n');
      const error = { ename: 'TypeScriptError', evalue: lines[0] ?? '', traceback: lines };
      return { status: 'error', error };
    }
    this.#declarations = compiled.next;
    return runtime.run(compiled.cell, { id, source: code, isSilent: request.silent });
  }

  #succeed(request: ExecuteCell, outcome: CellOutcome & { status: 'ok' }): JsonObject {
    const { id, executionCount, silent } = request;
    if (outcome.hasValue && !silent) {
      const content = { data: outcome.bundle, metadata: {}, execution_count: executionCount };
      this.#parts.runtime.output.message({ id, type: 'execute_result', content });
    }
    return executeReplyOk(executionCount);
  }

  #fail({ id, executionCount, silent }: ExecuteCell, error: RenderedError): JsonObject {
    if (!silent) {
      this.#parts.runtime.output.message({ id, type: 'error', content: error });
    }
    return executeReplyFailed(executionCount, error);
  }
}

type Outcome = CellOutcome | { readonly status: 'error'; readonly error: RenderedError };
