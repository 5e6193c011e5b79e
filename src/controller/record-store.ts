import { getHeapStatistics } from 'node:v8';
import { callOf } from '../wire/cell.js';
import {
  type Output,
  type RequestRecord,
  type ResultRecord,
  sizeOfOutput,
  type TaskRecord,
} from '../wire/task-record.js';

export interface RecordLimits {
  /** @defaultValue 1024 */
  readonly maxRecords: number;
  /**
   * Requests, results and outputs together. @defaultValue 1 GiB, or a quarter of Node's heap where that is
   * less: texts are held there, and take two bytes for a character of theirs.
   */
  readonly maxBytes: number;
  /** Outputs of one record. Beyond, the oldest quarter goes, and is counted. @defaultValue 16 MiB */
  readonly maxOutputBytes: number;
}

const mebibyte = 1024 ** 2;
/** ipyparallel's limits of its `DictDB`, and one of ours for a task that never stops printing. */
const defaultLimits: RecordLimits = {
  maxRecords: 1024,
  maxBytes: Math.min(1024 * mebibyte, getHeapStatistics().heap_size_limit / 4),
  maxOutputBytes: 16 * mebibyte,
};

/** What is counted for a record beside its payload, and for an output. */
const overheadBytes = 1024;
const outputOverheadBytes = 256;
/** Text is gathered in pieces, so that the oldest can be dropped alone: so many are a record. */
const piecesPerRecord = 256;

/**
 * Records of requests, in the order in which they were made. When there is no room, those of finished
 * requests go first, the oldest of them before the others. What notebooks ran may be asked for again, so
 * that thousands of small tasks do not displace it: up to half of the records are kept for it.
 */
export class RecordStore {
  readonly #limits: RecordLimits;
  readonly #records = new Map<string, TaskRecord>();
  /** Ids of those that have a result, in the order in which these came: of notebooks' cells, and others. */
  readonly #finishedCells = new Set<string>();
  readonly #finished = new Set<string>();
  #bytes = 0;

  constructor(limits: Partial<RecordLimits> = {}) {
    this.#limits = { ...defaultLimits, ...limits };
  }

  get size(): number {
    return this.#records.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(id: string): TaskRecord | undefined {
    return this.#records.get(id);
  }

  [Symbol.iterator](): IterableIterator<TaskRecord> {
    return this.#records.values();
  }

  /** Notes a request; outputs of it may have come before. */
  addRequest(id: string, request: RequestRecord, sizeBytes: number): void {
    const record = this.#ensure(id);
    record.request = request;
    this.#grow(record, sizeBytes);
  }

  /** Notes what came of a request; without a record of it, nothing. */
  addResult(id: string, result: ResultRecord, sizeBytes: number): void {
    const record = this.get(id);
    if (record === undefined) return;
    record.result = result;
    (isOfNotebook(record) ? this.#finishedCells : this.#finished).add(id);
    this.#grow(record, sizeBytes);
  }

  addOutput(id: string, output: Output): void {
    const record = this.#ensure(id);
    const pieceCharacters = this.#limits.maxOutputBytes / piecesPerRecord;
    const bytes = append(record.outputs, output, pieceCharacters);
    record.outputBytes += bytes;
    this.#grow(record, bytes);
    const isKept = this.get(id) === record;
    if (isKept && record.outputBytes > this.#limits.maxOutputBytes) this.#cut(record);
  }

  /** What the engine says of the request; without a record of it, nothing. */
  setState(id: string, state: 'busy' | 'idle'): void {
    const record = this.get(id);
    if (record !== undefined) record.state = state;
  }

  assign(id: string, engine: { readonly engineUuid: string; readonly engineId?: number }): void {
    const record = this.get(id);
    if (record !== undefined) Object.assign(record, engine);
  }

  delete(id: string): void {
    const record = this.get(id);
    if (record === undefined) return;
    this.#records.delete(id);
    this.#finished.delete(id);
    this.#finishedCells.delete(id);
    this.#bytes -= record.sizeBytes;
  }

  #ensure(id: string): TaskRecord {
    const existing = this.get(id);
    if (existing !== undefined) return existing;
    const record: TaskRecord = {
      id,
      ...{ outputs: [], outputBytes: 0, omittedOutputs: 0, omittedBytes: 0 },
      sizeBytes: overheadBytes,
    };
    this.#records.set(id, record);
    this.#bytes += overheadBytes;
    return record;
  }

  #grow(record: TaskRecord, bytes: number): void {
    record.sizeBytes += bytes;
    this.#bytes += bytes;
    while (this.size > this.#limits.maxRecords || this.#bytes > this.#limits.maxBytes) {
      const oldest = this.#oldest();
      if (oldest === undefined) return;
      this.delete(oldest);
    }
  }

  #oldest(): string | undefined {
    const isCrowded = this.#finishedCells.size > this.#limits.maxRecords / 2;
    const [former, latter] = isCrowded
      ? [this.#finishedCells, this.#finished]
      : [this.#finished, this.#finishedCells];
    return first(former) ?? first(latter) ?? first(this.#records);
  }

  /** Drops the oldest quarter, so that the work of it is spread over many outputs. */
  #cut(record: TaskRecord): void {
    const { outputs } = record;
    let [count, bytes] = [0, 0];
    while (
      count < outputs.length - 1 &&
      record.outputBytes - bytes > this.#limits.maxOutputBytes * 0.75
    ) {
      const output = outputs[count];
      bytes += output === undefined ? 0 : sizeOf(output);
      count += 1;
    }
    record.outputs = outputs.slice(count);
    record.outputBytes -= bytes;
    record.sizeBytes -= bytes;
    record.omittedOutputs += count;
    record.omittedBytes += bytes;
    this.#bytes -= bytes;
  }
}

/** @returns by how many bytes the outputs have grown. */
function append(outputs: Output[], output: Output, pieceCharacters: number): number {
  const last = outputs.at(-1);
  if (
    last?.type === 'stream' &&
    output.type === 'stream' &&
    isContinued(last, output, pieceCharacters)
  ) {
    const { name, text } = last.content;
    const content = { name, text: text + output.content.text };
    outputs[outputs.length - 1] = { type: 'stream', content };
    return output.content.text.length;
  }
  if (last !== undefined && isReplaced(last, output)) {
    outputs[outputs.length - 1] = output;
    return sizeOf(output) - sizeOf(last);
  }
  outputs.push(output);
  return sizeOf(output);
}

type StreamOutput = Extract<Output, { type: 'stream' }>;

function isContinued(
  last: StreamOutput,
  { content }: StreamOutput,
  maxCharacters: number,
): boolean {
  return last.content.name === content.name && last.content.text.length < maxCharacters;
}

/** Of several updates of one display only the last is seen. */
function isReplaced(last: Output, output: Output): boolean {
  if (last.type !== 'update_display_data' || output.type !== 'update_display_data') return false;
  const id = displayIdOf(last);
  return id !== undefined && id === displayIdOf(output);
}

/** Engines of others may leave fields out. */
function displayIdOf({ content }: { readonly content: object }): unknown {
  const { transient } = content as { transient?: { display_id?: unknown } };
  return transient?.display_id;
}

function sizeOf(output: Output): number {
  return outputOverheadBytes + sizeOfOutput(output);
}

function isOfNotebook({ request }: TaskRecord): boolean {
  return request !== undefined && callOf(request.metadata)?.notebook !== undefined;
}

function first(ids: ReadonlySet<string> | ReadonlyMap<string, unknown>): string | undefined {
  for (const id of ids.keys()) return id;
  return undefined;
}
