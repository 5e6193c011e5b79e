import type { CompileRequest, CompileResult } from './cell-compiler.js';
import { CompilerThread } from './compiler-thread.js';

export type { Side } from './ambient.js';
export type { CompileRequest, CompileResult } from './cell-compiler.js';
export { formatDiagnostics, type CellDiagnostic } from './format-diagnostics.js';

/** Every wait can be given up; the thread then finishes for nobody. */
export interface CompilerCallOptions {
  readonly signal?: AbortSignal;
}

/** TypeScript cells → JavaScript, in a thread that starts with the first request. */
export interface Compiler extends AsyncDisposable {
  /** Starts the thread and the converter, which takes a second or two, without waiting for them. */
  warm(): void;
  /** A cell with errors is an answer, not an exception. */
  compile(request: CompileRequest, options?: CompilerCallOptions): Promise<CompileResult>;
  close(): Promise<void>;
}

/**
 * @param options - `cwd` is the folder that the cells' imports and types are resolved from.
 */
export function createCompiler(options: { readonly cwd: string }): Compiler {
  const thread = new CompilerThread({ cwd: options.cwd });
  const close = (): Promise<void> => thread.close();
  return {
    warm: () => {
      // A failure shows itself in the first request that needs the answer.
      thread.call('warm', undefined).catch(() => undefined);
    },
    compile: (request, callOptions) => thread.call('compile', request, callOptions),
    close,
    [Symbol.asyncDispose]: close,
  };
}
