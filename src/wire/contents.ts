import type { Declarations } from './cell.js';
import type { JsonObject } from './message.js';

/**
 * Contents of messages: Jupyter's, which engines and kernels answer, ipyparallel's, and our own.
 *
 * Field names are the wire's own (snake_case); nothing outside `src/wire` spells them.
 * Sources: https://jupyter-client.readthedocs.io/en/stable/messaging.html and
 * https://ipyparallel.readthedocs.io/en/latest/reference/messages.html
 */

/**
 * `pxlab` of a `result_request`: the hub answers with `FollowedRecord`s, and publishes `pxlab_mark` with
 * `mark` on iopub at the same moment: outputs that were published before are in the answer, those that
 * come after are not. When a request that was pending ends, `pxlab_end` with its `id` says so there.
 */
export interface FollowRequest {
  readonly mark?: string;
  /** The last outputs up to this size are told, for each request. */
  readonly maxOutputBytes: number;
}

export type Notification =
  | { type: 'registration_notification'; content: EngineNotice }
  | { type: 'unregistration_notification'; content: EngineNotice }
  | { type: 'shutdown_notification'; content: JsonObject };

/** `pxlab` is ours: other clients ignore it, other controllers leave it out. */
export interface EngineNotice {
  readonly id: number;
  readonly uuid: string;
  readonly pxlab?: { readonly engine?: EngineDescription; readonly death?: EngineDeath };
}

/** What an engine of ours says of itself when it registers. */
export interface EngineDescription {
  readonly language: 'typescript';
  readonly pid: number;
  readonly host: string;
  readonly node: string;
  readonly version: string;
}

/** How an engine ended, as far as anyone knows. */
export interface EngineDeath {
  /** A constant word: `exited`, `killed`, `silent`, `left`. */
  readonly how: 'exited' | 'killed' | 'silent' | 'left';
  readonly exitCode?: number;
  /** Name of the signal, such as `SIGKILL`. */
  readonly signal?: string;
}

export type Reply<T extends object = object> = Ok<T> | Failed | Aborted;
export type Ok<T extends object = object> = { readonly status: 'ok' } & Readonly<T>;
export interface Failed {
  readonly status: 'error';
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
  readonly engine_info?: EngineInfo | Readonly<Record<string, never>>;
  readonly execution_count?: number;
}
interface Aborted {
  readonly status: 'aborted';
}

/** Where an error comes from: Python's client indexes all three fields. */
export interface EngineInfo {
  readonly engine_uuid: string;
  readonly engine_id: number;
  readonly method: 'execute' | 'apply';
}

/** Metadata of every shell reply of an engine (`status` is what the task scheduler goes by). */
export interface ReplyMetadata {
  readonly started: string;
  readonly dependencies_met: boolean;
  readonly engine: string;
  readonly is_broadcast: boolean;
  readonly is_coalescing: boolean;
  readonly original_msg_id: string;
  readonly label: unknown;
  readonly status: 'ok' | 'error' | 'aborted';
  readonly engine_info?: Pick<EngineInfo, 'engine_uuid' | 'engine_id'>;
  /** Ours: what the engine declares, in a `DeclarationsDiffer` error; whether the buffers hold a value. */
  readonly pxlab?: {
    readonly declarations?: Declarations;
    readonly value?: boolean;
    /** How the engine ends, in its last answer; how it ended, in one that was made in its place. */
    readonly death?: EngineDeath;
  };
  /**
   * Ours: the request showed nothing, so that no end of its outputs is to be waited for. Only for
   * requests with `pxlab_status: 'when-shown'` in their metadata: of those that are short and silent an
   * engine publishes no `status` either.
   */
  readonly pxlab_silent?: boolean;
}

/**
 * `metadata.pxlab` of an `apply_request` that moves variables (ours): the buffers of a push are the
 * values, in the order of `names`, as `src/serialize` encodes them; a pull's are its reply's.
 */
export interface VariablesMetadata {
  readonly format: 1;
  readonly method: 'push' | 'pull';
  readonly names: readonly string[];
  /** Push: `digestOf` the buffers. */
  readonly buffersDigest?: string;
  /** Push: TypeScript types of the values by name, where the sender knows them. */
  readonly types?: Readonly<Record<string, string>>;
}

/** Contents on iopub. */
export interface OutputContents {
  status: { execution_state: 'busy' | 'idle' | 'starting' };
  execute_input: { code: string; execution_count: number };
  stream: { name: 'stdout' | 'stderr'; text: string };
  display_data: DisplayContent;
  update_display_data: DisplayContent;
  clear_output: { wait: boolean };
  execute_result: { data: MimeBundle; metadata: JsonObject; execution_count: number };
  error: { ename: string; evalue: string; traceback: readonly string[] };
}
export type OutputType = keyof OutputContents;

export interface DisplayContent {
  readonly data: MimeBundle;
  readonly metadata: JsonObject;
  readonly transient: { readonly display_id?: string };
}
export type MimeBundle = Readonly<Record<string, unknown>>;

/** `execute_request` is answered by `execute_reply`: the pairing is in the type, not in a table. */
export type ReplyTo<R extends string> = R extends `${infer Verb}_request` ? `${Verb}_reply` : never;

export function replyTo<R extends `${string}_request`>(request: R): ReplyTo<R> {
  return `${request.slice(0, -'_request'.length)}_reply` as ReplyTo<R>;
}
