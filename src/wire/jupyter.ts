import type { MimeBundle } from './contents.js';
import type { JsonObject } from './message.js';

/**
 * What a Jupyter front end asks of a kernel, and the answers, without the wire's names: the codec of the
 * kernel's messages beyond those that engines have too.
 *
 * Source: https://jupyter-client.readthedocs.io/en/stable/messaging.html
 */
export interface ExecuteRequest {
  readonly code: string;
  readonly silent: boolean;
  readonly storeHistory: boolean;
  /** An error aborts the requests that wait behind this one. */
  readonly stopOnError: boolean;
  /** The front end can ask its user for a line. */
  readonly allowStdin: boolean;
  /** Expressions to be evaluated after the code, by name. */
  readonly userExpressions: Readonly<Record<string, string>>;
}

export function readExecute(content: JsonObject): ExecuteRequest {
  const silent = flag(content['silent'], false);
  return {
    code: text(content['code']),
    silent,
    storeHistory: !silent && flag(content['store_history'], true),
    stopOnError: flag(content['stop_on_error'], true),
    allowStdin: flag(content['allow_stdin'], false),
    userExpressions: texts(content['user_expressions']),
  };
}

/** A place in a cell. Jupyter counts in code points, TypeScript in UTF-16 units: `offset` is the latter. */
export interface CursorRequest {
  readonly code: string;
  readonly offset: number;
}

export function readCursor(content: JsonObject): CursorRequest {
  const code = text(content['code']);
  const cursor = content['cursor_pos'];
  return { code, offset: typeof cursor === 'number' ? toOffset(code, cursor) : code.length };
}

/** UTF-16 offset of the code point at index `cursor` of `code`. */
function toOffset(code: string, cursor: number): number {
  return Array.from(code).slice(0, Math.max(0, cursor)).join('').length;
}

/** Index of the code point at UTF-16 `offset` of `code`. */
function toCursor(code: string, offset: number): number {
  return Array.from(code.slice(0, offset)).length;
}

/** UTF-16 offsets of what a completion replaces. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The kinds are what IPython adds for front ends that show symbols. */
export function completeReply(
  code: string,
  span: Span,
  candidates: readonly { readonly name: string; readonly kind: string }[],
): JsonObject {
  const [start, end] = [toCursor(code, span.start), toCursor(code, span.end)];
  const types = candidates.map(({ name: text, kind: type }) => ({ text, type, start, end }));
  return {
    status: 'ok',
    matches: candidates.map(({ name }) => name),
    cursor_start: start,
    cursor_end: end,
    metadata: { _jupyter_types_experimental: types },
  };
}

export function inspectReply(data: MimeBundle | undefined): JsonObject {
  return { status: 'ok', found: data !== undefined, data: data ?? {}, metadata: {} };
}

export type Completeness = 'complete' | 'incomplete' | 'invalid' | 'unknown';

export function isCompleteReply(status: Completeness, indent = ''): JsonObject {
  return status === 'incomplete' ? { status, indent } : { status };
}

/** What an execution that went well leads to beside its outputs. */
interface Executed {
  /** What the front end is to show beside the notebook, as documentation is. */
  readonly page?: MimeBundle | undefined;
  /** Answers to `userExpressions`, by name. */
  readonly expressions: JsonObject;
}

export function executeReplyOk(executionCount: number, executed: Executed): JsonObject {
  const { page, expressions } = executed;
  const payload = page === undefined ? [] : [{ source: 'page', data: page, start: 0 }];
  return { status: 'ok', execution_count: executionCount, user_expressions: expressions, payload };
}

/** A console ends, and its kernel with it; a notebook has other ways and does nothing. */
export function executeReplyLeave(executionCount: number): JsonObject {
  const payload = [{ source: 'ask_exit', keepkernel: false }];
  return { status: 'ok', execution_count: executionCount, user_expressions: {}, payload };
}

export function expressionOk(data: MimeBundle): JsonObject {
  return { status: 'ok', data, metadata: {} };
}

export function expressionFailed(error: Failure): JsonObject {
  return { status: 'error', ...error };
}

export function executeReplyFailed(executionCount: number, error: Failure): JsonObject {
  return { status: 'error', execution_count: executionCount, ...error };
}

/** An error as the protocol carries it. */
interface Failure {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

/** It was not counted, so that it shows no number. */
export function executeReplyAborted(): JsonObject {
  // Front ends of protocol 5.1 and later know `aborted`; the error fields are for those before.
  return { status: 'aborted', ename: 'Aborted', evalue: 'An earlier cell failed.', traceback: [] };
}

export interface HistoryRequest {
  readonly access: 'range' | 'tail' | 'search';
  /** Of a range: 0 for this session, less than 0 for those before it. */
  readonly session: number;
  readonly start: number;
  readonly stop: number;
  readonly count: number;
  readonly pattern: string;
  readonly unique: boolean;
  /** Entries are `[session, line, [input, output]]` instead of `[session, line, input]`. */
  readonly withOutput: boolean;
}

export function readHistory(content: JsonObject): HistoryRequest {
  const access = content['hist_access_type'];
  return {
    access: access === 'range' || access === 'search' ? access : 'tail',
    session: number(content['session'], 0),
    start: number(content['start'], 0),
    stop: number(content['stop'], Infinity),
    count: number(content['n'], Infinity),
    pattern: text(content['pattern'], '*'),
    unique: flag(content['unique'], false),
    withOutput: flag(content['output'], false),
  };
}

export type HistoryEntry = readonly [
  session: number,
  line: number,
  input: string | readonly [string, null],
];

export function historyReply(entries: readonly HistoryEntry[]): JsonObject {
  return { status: 'ok', history: entries };
}

/** Comm messages, in either direction. */
export interface CommOpen {
  readonly commId: string;
  readonly targetName: string;
  readonly data: JsonObject;
}

export interface CommData {
  readonly commId: string;
  readonly data: JsonObject;
}

export function readCommOpen(content: JsonObject): CommOpen {
  return { ...readCommData(content), targetName: text(content['target_name']) };
}

export function readCommData(content: JsonObject): CommData {
  return { commId: text(content['comm_id']), data: object(content['data']) };
}

export function commOpenContent(open: CommOpen): JsonObject {
  return { ...commContent(open), target_name: open.targetName, target_module: null };
}

export function commContent({ commId, data }: CommData): JsonObject {
  return { comm_id: commId, data };
}

/** @returns the target name that a `comm_info_request` asks for, if it asks for one. */
export function readCommInfo(content: JsonObject): string | undefined {
  const name = content['target_name'];
  return typeof name === 'string' && name !== '' ? name : undefined;
}

export function commInfoReply(comms: ReadonlyMap<string, string>): JsonObject {
  const entries = [...comms].map(([id, target]) => [id, { target_name: target }]);
  return { status: 'ok', comms: Object.fromEntries(entries) };
}

export function readRestart(content: JsonObject): boolean {
  return flag(content['restart'], false);
}

export function shutdownReply(restart: boolean): JsonObject {
  return { status: 'ok', restart };
}

export function inputRequestContent(prompt: string, password: boolean): JsonObject {
  return { prompt, password };
}

export function readInput(content: JsonObject): string {
  return text(content['value']);
}

export function errorReply(ename: string, evalue: string): JsonObject {
  return { status: 'error', ename, evalue, traceback: [] };
}

export interface KernelDescription {
  /** Version of the kernel. */
  readonly version: string;
  readonly typescriptVersion: string;
  readonly nodeVersion: string;
}

export function kernelInfoReply(description: KernelDescription): JsonObject {
  const { version, typescriptVersion, nodeVersion } = description;
  return {
    status: 'ok',
    protocol_version: '5.4',
    implementation: 'pxlab',
    implementation_version: version,
    language_info: {
      name: 'typescript',
      version: typescriptVersion,
      mimetype: 'text/typescript',
      file_extension: '.ts',
      pygments_lexer: 'typescript',
      codemirror_mode: { name: 'javascript', typescript: true },
      nbconvert_exporter: 'script',
    },
    banner: `pxlab ${version}: TypeScript ${typescriptVersion} on Node ${nodeVersion}`,
    help_links: [
      { text: 'TypeScript', url: 'https://www.typescriptlang.org/docs/' },
      { text: 'Node', url: 'https://nodejs.org/docs/latest/api/' },
    ],
    supported_features: [],
    debugger: false,
  };
}

function text(value: unknown, fallback = ''): string {
  return typeof value === 'string' ? value : fallback;
}

function flag(value: unknown, fallback: boolean): boolean {
  return typeof value === 'boolean' ? value : fallback;
}

function number(value: unknown, fallback: number): number {
  return typeof value === 'number' ? value : fallback;
}

function texts(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(object(value)).map(([name, each]) => [name, text(each)]);
  return Object.fromEntries(entries) as Record<string, string>;
}

function object(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
