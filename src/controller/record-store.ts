import type { Output, RequestRecord, ResultRecord, TaskRecord } from '../wire/task-record.js';

export interface RecordLimits {
  /** @defaultValue 1024 */
  readonly maxRecords: number;
  /** Requests, results and outputs together. @defaultValue 1 GiB */
  readonly maxBytes: number;
  /** Outputs of one record. What is printed beyond is counted, not kept. @defaultValue 16 MiB */
  readonly maxOutputBytes: number;
}

const mebibyte = 1024 ** 2;
/** ipyparallel's limits of its `DictDB`, and one of ours for a task that never stops printing. */
const defaultLimits: RecordLimits = {
  maxRecords: 1024,
  maxBytes: 1024 * mebibyte,
  maxOutputBytes: 16 * mebibyte,
};

/** What is counted for a record beside its payload. */
const overheadBytes = 1024;

/**
 * Records of requests, in the order in which they were made. When there is no room, those of finished
 * requests go first, the oldest of them before the others.
 */
export class RecordStore {
  readonly #limits: RecordLimits;
  readonly #records = new Map<string, TaskRecord>();
  /** Ids of those that have a result, in the order in which these came. */
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
    this.#finished.add(id);
    this.#grow(record, sizeBytes);
  }

  addOutput(id: string, output: Output, sizeBytes: number): void {
    const record = this.#ensure(id);
    if (record.sizeBytes + sizeBytes > this.#limits.maxOutputBytes) {
      record.omittedOutputs += 1;
      return;
    }
    append(record.outputs, output);
    this.#grow(record, sizeBytes);
  }

  assign(id: string, engineUuid: string): void {
    const record = this.get(id);
    if (record !== undefined) record.engineUuid = engineUuid;
  }

  delete(id: string): void {
    const record = this.get(id);
    if (record === undefined) return;
    this.#records.delete(id);
    this.#finished.delete(id);
    this.#bytes -= record.sizeBytes;
  }

  #ensure(id: string): TaskRecord {
    const existing = this.get(id);
    if (existing !== undefined) return existing;
    const record: TaskRecord = { id, outputs: [], omittedOutputs: 0, sizeBytes: overheadBytes };
    this.#records.set(id, record);
    this.#bytes += overheadBytes;
    return record;
  }

  #grow(record: TaskRecord, bytes: number): void {
    record.sizeBytes += bytes;
    this.#bytes += bytes;
    while (this.size > this.#limits.maxRecords || this.#bytes > this.#limits.maxBytes) {
      const oldest = first(this.#finished) ?? first(this.#records);
      if (oldest === undefined) return;
      this.delete(oldest);
    }
  }
}

function append(outputs: Output[], output: Output): void {
  const last = outputs.at(-1);
  if (
    last?.type !== 'stream' ||
    output.type !== 'stream' ||
    last.content.name !== output.content.name
  ) {
    outputs.push(output);
    return;
  }
  const { name, text } = last.content;
  outputs[outputs.length - 1] = {
    type: 'stream',
    content: { name, text: text + output.content.text },
  };
}

function first(ids: ReadonlySet<string> | ReadonlyMap<string, unknown>): string | undefined {
  for (const id of ids.keys()) return id;
  return undefined;
}
