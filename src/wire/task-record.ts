import type { DisplayContent, OutputContents } from './contents.js';
import type { Header, JsonObject, Message } from './message.js';

/** What became of one request: the hub's memory of it, as long as there is room. */
export interface TaskRecord {
  readonly id: string;
  /** Absent as long as only outputs have come in. */
  request?: RequestRecord;
  engineUuid?: string;
  engineId?: number;
  /** As the engine published it: it has begun the request, or has shown all there is to show. */
  state?: 'busy' | 'idle';
  result?: ResultRecord;
  /** Id of the request that this one was sent again as. */
  resubmittedAs?: string;
  /** In the order of their arrival; consecutive text of one stream is one entry, up to a size. */
  outputs: Output[];
  outputBytes: number;
  /** The oldest outputs, which were dropped because the record had grown too large. */
  omittedOutputs: number;
  omittedBytes: number;
  /** With the request, the result and the outputs. */
  sizeBytes: number;
}

export interface RequestRecord {
  readonly queue: 'mux' | 'task' | 'broadcast';
  readonly header: Header;
  readonly metadata: JsonObject;
  readonly content: JsonObject;
  readonly buffers: readonly Uint8Array[];
}

export interface ResultRecord {
  readonly header: Header;
  readonly metadata: JsonObject;
  readonly content: JsonObject;
  readonly buffers: readonly Uint8Array[];
  /** ISO date. */
  readonly received: string;
}

export type Output =
  | { type: 'stream'; content: OutputContents['stream'] }
  | { type: 'execute_input'; content: OutputContents['execute_input'] }
  | { type: 'execute_result'; content: OutputContents['execute_result'] }
  | { type: 'display_data'; content: DisplayContent }
  | { type: 'update_display_data'; content: DisplayContent }
  | { type: 'clear_output'; content: OutputContents['clear_output'] }
  | { type: 'error'; content: OutputContents['error'] };

const outputTypes: readonly string[] = [
  'stream',
  'execute_input',
  'execute_result',
  'display_data',
  'update_display_data',
  'clear_output',
  'error',
] satisfies Output['type'][];

/** The output that `message` carries; undefined for a status and the like, and for what is no output. */
export function outputOf(message: Message): Output | undefined {
  const type = message.header.msg_type;
  if (!outputTypes.includes(type)) return undefined;
  const { content } = message;
  if (
    type === 'stream' &&
    (typeof content['text'] !== 'string' || !isStreamName(content['name']))
  ) {
    return undefined;
  }
  return { type, content } as unknown as Output;
}

function isStreamName(name: unknown): boolean {
  return name === 'stdout' || name === 'stderr';
}

/**
 * What a `result_reply` says of one message. `pxlab.outputs` is ours: the outputs in their order.
 *
 * Source: ipyparallel 9.2, `Hub._extract_record`.
 */
export function resultEntry(record: TaskRecord): JsonObject {
  const { request, result, outputs, omittedOutputs } = record;
  return {
    header: {},
    metadata: {},
    ...(request && { header: request.header, metadata: request.metadata }),
    ...resultParts(result),
    received: result?.received ?? null,
    io: outputFields(record),
    pxlab: { outputs, omittedOutputs },
  };
}

/**
 * What a `result_reply` says of one message, finished or not, to a client that follows it: see
 * {@link FollowedRecord}.
 */
export function followedEntry(record: TaskRecord, maxOutputBytes: number): FollowedRecord {
  const { request, result, engineUuid, engineId, state } = record;
  const { kept, cutCount, cutBytes } = lastOutputs(record.outputs, maxOutputBytes);
  return {
    header: { ...request?.header },
    metadata: request?.metadata ?? {},
    ...resultParts(result),
    pxlab: {
      outputs: kept,
      omittedOutputs: record.omittedOutputs + cutCount,
      omittedBytes: record.omittedBytes + cutBytes,
      ...(engineUuid === undefined ? {} : { engineUuid }),
      ...(engineId === undefined ? {} : { engineId }),
      ...(state === undefined ? {} : { state }),
    },
  };
}

/** The last outputs that take `maxBytes`; of a text that takes more than what is left, its last lines. */
function lastOutputs(
  outputs: readonly Output[],
  maxBytes: number,
): { kept: Output[]; cutCount: number; cutBytes: number } {
  let [first, bytes] = [outputs.length, 0];
  for (; first > 0; first -= 1) {
    const output = outputs[first - 1];
    const size = output === undefined ? 0 : sizeOfOutput(output);
    if (bytes + size > maxBytes) break;
    bytes += size;
  }
  const kept = outputs.slice(first);
  const left = outputs.slice(0, first);
  const cutBytes = left.reduce((sum, output) => sum + sizeOfOutput(output), 0);
  const tail = tailOf(left.at(-1), maxBytes - bytes);
  if (tail === undefined) return { kept, cutCount: left.length, cutBytes };
  return {
    kept: [tail, ...kept],
    cutCount: left.length,
    cutBytes: cutBytes - tail.content.text.length,
  };
}

/** The end of a text in at most `maxBytes`, from the beginning of a line when one begins there. */
function tailOf(
  output: Output | undefined,
  maxBytes: number,
): Extract<Output, { type: 'stream' }> | undefined {
  if (output?.type !== 'stream') return undefined;
  const { name, text } = output.content;
  const room = maxBytes - (sizeOfOutput(output) - text.length);
  if (room <= 0) return undefined;
  const start = text.length - room;
  const line = text.indexOf('\n', start - 1) + 1;
  const hasLine = line > 0 && line < text.length;
  return { type: 'stream', content: { name, text: text.slice(hasLine ? line : start) } };
}

/** What an output takes, near enough. */
export function sizeOfOutput({ content }: Output): number {
  return jsonSize(content);
}

/** What a value takes as JSON, near enough. */
export function jsonSize(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  return Object.values(value).reduce((bytes: number, item) => bytes + 16 + jsonSize(item), 16);
}

/**
 * A record as a client of ours reads it, by the names of a `result_reply`. `pxlab.outputs` are the last
 * ones that fit into what the client asked for.
 */
export interface FollowedRecord {
  readonly header: JsonObject;
  readonly metadata: JsonObject;
  readonly result_header?: JsonObject;
  readonly result_metadata?: JsonObject;
  readonly result_content?: JsonObject;
  readonly pxlab: {
    readonly outputs: readonly Output[];
    readonly omittedOutputs: number;
    readonly omittedBytes: number;
    readonly engineUuid?: string;
    readonly engineId?: number;
    readonly state?: 'busy' | 'idle';
  };
}

function resultParts(result: ResultRecord | undefined): JsonObject {
  if (result === undefined) return { result_metadata: {}, result_header: {}, result_content: {} };
  const { metadata, header, content } = result;
  return { result_metadata: metadata, result_header: header, result_content: content };
}

/** All fields of a record, by the names that a `db_request` uses; null for what is not known. */
export function recordFields(record: TaskRecord): JsonObject {
  return {
    ...noFields,
    ...(record.request && requestFields(record.request)),
    ...(record.result && resultFields(record.result)),
    ...outputFields(record),
    msg_id: record.id,
    engine_uuid: record.engineUuid ?? null,
    resubmitted: record.resubmittedAs ?? null,
  };
}

const noFields: JsonObject = Object.fromEntries(
  [
    ...['header', 'metadata', 'content', 'buffers', 'submitted', 'client_uuid', 'queue', 'label'],
    ...['result_header', 'result_metadata', 'result_content', 'result_buffers'],
    ...['started', 'completed', 'received'],
  ].map((field) => [field, null]),
);

function requestFields({ queue, header, metadata, content, buffers }: RequestRecord): JsonObject {
  const { date: submitted, session: clientUuid } = header;
  const label = metadata['label'] ?? null;
  return { queue, header, metadata, content, buffers, submitted, client_uuid: clientUuid, label };
}

function resultFields(result: ResultRecord): JsonObject {
  return {
    ...resultParts(result),
    result_buffers: result.buffers,
    started: result.metadata['started'] ?? null,
    completed: result.header.date,
    received: result.received,
  };
}

function outputFields({ outputs }: TaskRecord): JsonObject {
  const text = (name: 'stdout' | 'stderr'): string =>
    outputs
      .map((output) =>
        output.type === 'stream' && output.content.name === name ? output.content.text : '',
      )
      .join('');
  const last = (type: Output['type']): Output['content'] | undefined =>
    outputs.findLast((output) => output.type === type)?.content;
  const input = last('execute_input');
  return {
    execute_input: input !== undefined && 'code' in input ? input.code : null,
    execute_result: last('execute_result') ?? null,
    error: last('error') ?? null,
    stdout: text('stdout'),
    stderr: text('stderr'),
  };
}
