import { CompilerHost, type CompilerOptions } from './compiler-host.js';
import type { Declarations } from '../wire/cell.js';
import type {
  CompileRequest,
  CompileResult,
  Completeness,
  Completions,
  DeclareRequest,
  DescribeRequest,
  Inspection,
  PositionRequest,
  Typecheck,
  TypeTexts,
} from './protocol.js';

export type { CompileRequest, PositionRequest, Typecheck } from './protocol.js';
export type { CompilerWay } from './seat.js';
export { formatDiagnostics, type CellDiagnostic } from './format-diagnostics.js';

/** Every wait can be given up; the compiler then finishes for nobody. */
interface CompilerCallOptions {
  readonly signal?: AbortSignal;
}

/** TypeScript cells → JavaScript, in a process or a thread that starts with the first request. */
export interface Compiler extends AsyncDisposable {
  /** How the cells of later calls are checked. @defaultValue `default` */
  typecheck: Typecheck;
  /** It has answered once: until then answers take seconds. */
  readonly isThere: boolean;
  /** Told once what is to be known about the tsconfig.json of the folder. */
  onNote: (note: string) => void;
  /** Starts it, without waiting for it. */
  warm(): void;
  /** A cell with errors is an answer, not an exception. */
  compile(request: CompileRequest, options?: CompilerCallOptions): Promise<CompileResult>;
  complete(request: PositionRequest, options?: CompilerCallOptions): Promise<Completions>;
  /** What is at a place of a cell; undefined when nothing is. */
  inspect(request: PositionRequest, options?: CompilerCallOptions): Promise<Inspection | undefined>;
  /** What the tsconfig.json of the folder says and cells take, in a few lines; empty without one. */
  describeProject(): Promise<string>;
  isComplete(code: string): Promise<Completeness>;
  /**
   * Types of a namespace's variables as texts that another namespace understands: what `push` and
   * `declare` carry over. Names that are no variables of it are left out.
   */
  describe(request: DescribeRequest): Promise<TypeTexts>;
  /** A namespace that gained variables of the given types; `any` where a type means nothing there. */
  declare(request: DeclareRequest): Promise<Declarations>;
  /** Ends it. Closing twice is closing once. */
  close(): Promise<void>;
}

/**
 * @param options - `cwd` is the folder that the cells' imports and types are resolved from.
 */
export function createCompiler(options: CompilerOptions): Compiler {
  const host = new CompilerHost(options);
  const close = (): Promise<void> => host.close();
  const compiler: Compiler = {
    typecheck: 'default',
    onNote: () => undefined,
    get isThere() {
      return host.hasAnswered;
    },
    warm: () => {
      // A failure shows itself in the first request that needs the answer.
      host.call('warm', undefined).catch(() => undefined);
    },
    compile: async (request, callOptions) => {
      const asked = { typecheck: compiler.typecheck, ...request };
      const { note, ...result } = await host.call('compile', asked, callOptions);
      if (note !== undefined) compiler.onNote(note);
      return result;
    },
    complete: (request, callOptions) => host.call('complete', request, callOptions),
    inspect: (request, callOptions) => host.call('inspect', request, callOptions),
    describeProject: () => host.call('describeProject', undefined),
    isComplete: (code) => host.call('isComplete', code),
    describe: (request) => host.call('describe', request),
    declare: (request) => host.call('declare', request),
    close,
    [Symbol.asyncDispose]: close,
  };
  return compiler;
}
