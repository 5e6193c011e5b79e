import type { MessagePort } from 'node:worker_threads';
import type { CompiledCell, Declarations } from '../wire/cell.js';
import type { Side } from './ambient.js';
import type { CellDiagnostic } from './format-diagnostics.js';

/**
 * How cells are checked: `strict` as TypeScript's option of that name, `loose` without it, `off` for their
 * syntax alone; `default` as the tsconfig.json beside the notebook says, or `strict` where it says nothing.
 */
export type Typecheck = 'default' | 'strict' | 'loose' | 'off';

export interface CompileRequest {
  readonly side: Side;
  /** Name of the cell in stacks and messages: `Cell [3]`. */
  readonly name: string;
  readonly code: string;
  /** What the namespace declares before the cell. */
  readonly base: Declarations;
  readonly resolveFrom: string;
  /** What the notebook declares: for the message about a name that lives there. */
  readonly notebook?: Declarations;
  /** What the engines declare: for the types of `px.pull`, and the same message. */
  readonly engines?: Declarations;
  /** @defaultValue `default` */
  readonly typecheck?: Typecheck;
}

/** The outcome, and what is to be said once, about the notebook's tsconfig.json. */
export type CompileAnswer = CompileResult & { readonly note?: string };

export type CompileResult =
  | { readonly ok: true; readonly cell: CompiledCell; readonly next: Declarations }
  | { readonly ok: false; readonly diagnostics: readonly CellDiagnostic[] };

/** A place in a cell, 0-based in UTF-16 units, and what it is compiled against. */
export interface PositionRequest {
  readonly side: Side;
  readonly code: string;
  readonly position: number;
  readonly base: Declarations;
  readonly engines?: Declarations;
}

export interface Completions {
  /** What the candidates replace. */
  readonly start: number;
  readonly end: number;
  readonly candidates: readonly Candidate[];
}

/** A name that completes what is typed. */
interface Candidate {
  readonly name: string;
  /** `function`, `property`, `class` and so on; empty when it is not known. */
  readonly kind: string;
}

export interface Inspection {
  /** The declaration, as an editor shows it. */
  readonly text: string;
  readonly documentation: string;
  readonly start: number;
  readonly end: number;
}

export interface Completeness {
  readonly status: 'complete' | 'incomplete' | 'invalid' | 'unknown';
  /** What the next line of an incomplete cell starts with. */
  readonly indent: string;
}

/** Types by name, as texts. */
export type TypeTexts = Readonly<Record<string, string>>;

export interface DescribeRequest {
  readonly names: readonly string[];
  readonly base: Declarations;
  readonly engines?: Declarations;
}

export interface DeclareRequest {
  readonly base: Declarations;
  readonly types: TypeTexts;
}

/** What the compiler's thread is asked, and what it answers. */
export interface CompilerMethods {
  readonly warm: (request: undefined) => undefined;
  readonly compile: (request: CompileRequest) => CompileAnswer;
  readonly complete: (request: PositionRequest) => Completions;
  readonly inspect: (request: PositionRequest) => Inspection | undefined;
  readonly describeProject: (request: undefined) => string;
  readonly isComplete: (request: string) => Completeness;
  readonly describe: (request: DescribeRequest) => TypeTexts;
  readonly declare: (request: DeclareRequest) => Declarations;
}

export type Method = keyof CompilerMethods;
export type RequestOf<M extends Method> = Parameters<CompilerMethods[M]>[0];
export type ReplyOf<M extends Method> = ReturnType<CompilerMethods[M]>;

export interface RequestMessage<M extends Method = Method> {
  readonly id: number;
  readonly method: M;
  readonly request: RequestOf<M>;
}

export type ReplyMessage =
  | { readonly id: number; readonly reply: unknown }
  | { readonly id: number; readonly error: unknown };

export interface WorkerData {
  readonly cwd: string;
  /** Where threads ask that have not started the compiler's. */
  readonly otherThreads: MessagePort;
}
