import type { EngineDeath } from '../wire/contents.js';
import { failed } from '../wire/hub-messages.js';
import { requestLost } from '../wire/task-metadata.js';
import { type Header, type Message, parentIdOf } from '../wire/message.js';
import { jsonSize, outputOf, type RequestRecord, type ResultRecord } from '../wire/task-record.js';
import type { EngineEntry } from './hub-state.js';
import { RecordStore } from './record-store.js';
import type { Substitute } from './substitute.js';

/** What an engine has to do and has done. */
interface EngineBook {
  readonly id: number;
  readonly queue: Set<string>;
  readonly tasks: Set<string>;
  completed: number;
  /** The last of those that completed: `maxRecent`, and up to as many before them. */
  readonly recent: string[];
}

/** A request without a result. */
interface Pending {
  readonly queue: RequestRecord['queue'];
  readonly header: Header;
  /** ZeroMQ identity of its client, where the reply goes to. */
  readonly client: Uint8Array | undefined;
  /** The engine that has it, if one has. */
  readonly engineUuid: string | undefined;
}

export interface EngineStatus {
  readonly queue: readonly string[];
  readonly tasks: readonly string[];
  readonly completed: readonly string[];
  readonly completedCount: number;
}

/** Where a request went, and whom it came from. */
interface RequestedOf {
  readonly queue: RequestRecord['queue'];
  readonly engineUuid?: string;
  readonly client?: Uint8Array;
}

const maxRecent = 1024;

/**
 * Books about requests: which are waiting or running on which engine, which are done, and what came of
 * them. It learns of each message after the message was sent on.
 */
export class TaskBook {
  readonly records: RecordStore;
  readonly #engines = new Map<string, EngineBook>();
  /** Tasks that no engine has yet. */
  readonly #unassigned = new Set<string>();
  readonly #pending = new Map<string, Pending>();
  /** Pending requests whose end a client wants to be told. */
  readonly #followed = new Set<string>();
  readonly #onEnd: (id: string) => void;

  /** @param onEnd - Told of the end of each request that is followed, when its result is in the book. */
  constructor(
    records: RecordStore = new RecordStore(),
    onEnd: (id: string) => void = () => undefined,
  ) {
    this.records = records;
    this.#onEnd = onEnd;
  }

  /** The end of request `id` is to be told, if it is pending. */
  follow(id: string): void {
    if (this.isPending(id)) this.#followed.add(id);
  }

  get unassigned(): readonly string[] {
    return [...this.#unassigned];
  }

  isPending(id: string): boolean {
    return this.#pending.has(id);
  }

  status(uuid: string): EngineStatus {
    const book = this.#engines.get(uuid);
    return {
      queue: [...(book?.queue ?? [])],
      tasks: [...(book?.tasks ?? [])],
      completed: book?.recent.slice(-maxRecent) ?? [],
      completedCount: book?.completed ?? 0,
    };
  }

  engineRegistered({ id, uuid }: EngineEntry): void {
    const book = {
      id,
      queue: new Set<string>(),
      tasks: new Set<string>(),
      completed: 0,
      recent: [],
    };
    this.#engines.set(uuid, book);
  }

  /** What waited on that engine's own queue has failed; its tasks are the scheduler's matter. */
  engineLost({ id, uuid }: EngineEntry, options: { death: EngineDeath; at: string }): void {
    const stranded = [...(this.#engines.get(uuid)?.queue ?? [])];
    this.#engines.delete(uuid);
    const content = { ...failed('EngineError', `Engine ${id} died while running this request`) };
    const metadata = { status: 'error', engine: uuid, pxlab: { death: options.death } };
    for (const taskId of stranded) {
      this.#pending.delete(taskId);
      const request = this.records.get(taskId)?.request;
      if (request === undefined) continue;
      const header = replyHeader(request.header, options.at);
      const result = { header, metadata, content, buffers: [], received: options.at };
      this.#end(taskId, result, 0);
    }
  }

  /** What engines have been sent on `queue` and have not answered, by the engine's uuid. */
  pendingOn(queue: RequestRecord['queue']): ReadonlyMap<string, readonly string[]> {
    const found = new Map<string, string[]>();
    for (const [id, pending] of this.#pending) {
      if (pending.queue !== queue || pending.engineUuid === undefined) continue;
      const ids = found.get(pending.engineUuid);
      if (ids === undefined) found.set(pending.engineUuid, [id]);
      else ids.push(id);
    }
    return found;
  }

  /** The request or its reply was lost on the way. @returns what its client is to be told. */
  lostOnTheWay(id: string, at: string): Substitute | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined) return undefined;
    const { engineUuid, header: request, client } = pending;
    const content = { ...requestLost() };
    const metadata = { status: 'error', ...(engineUuid !== undefined && { engine: engineUuid }) };
    this.#release(id);
    this.#pending.delete(id);
    const result = { header: replyHeader(request, at), metadata, content, buffers: [] };
    this.#end(id, { ...result, received: at }, 0);
    return client && { client, request, content, metadata };
  }

  /** A request was sent to `engineUuid`, or to the task scheduler. */
  requested(message: Message, to: RequestedOf): void {
    const { header, metadata, content, buffers } = message;
    const { queue, engineUuid, client } = to;
    if (engineUuid !== undefined && !this.#engines.has(engineUuid)) return;
    const id = header.msg_id;
    this.#pending.set(id, { queue, header, client, engineUuid });
    if (queue === 'task') this.#unassigned.add(id);
    if (engineUuid !== undefined) this.#engines.get(engineUuid)?.queue.add(id);
    this.records.addRequest(id, { queue, header, metadata, content, buffers }, sizeOf(message));
    if (engineUuid !== undefined) this.#assign(id, engineUuid);
  }

  /** A task was given to an engine. */
  assigned(id: string, engineUuid: string): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#release(id);
    this.#pending.set(id, { ...pending, engineUuid });
    this.#engines.get(engineUuid)?.tasks.add(id);
    this.#assign(id, engineUuid);
  }

  /** The last reply to a request went to its client. */
  answered(message: Message, at: string): void {
    const id = parentIdOf(message);
    if (id === undefined || !this.#pending.has(id)) return;
    const uuid = this.#pending.get(id)?.engineUuid;
    this.#release(id);
    this.#pending.delete(id);
    const book = uuid === undefined ? undefined : this.#engines.get(uuid);
    if (book !== undefined) complete(book, id);
    const { header, metadata, content, buffers } = message;
    const result = { header, metadata, content, buffers, received: at };
    this.#end(id, result, sizeOf(message));
  }

  published(message: Message): void {
    const id = parentIdOf(message);
    if (id === undefined) return;
    const output = outputOf(message);
    const state = message.content['execution_state'];
    if (output !== undefined) this.records.addOutput(id, output);
    else if (state === 'busy' || state === 'idle') this.records.setState(id, state);
  }

  #end(id: string, result: ResultRecord, sizeBytes: number): void {
    this.records.addResult(id, result, sizeBytes);
    if (this.#followed.delete(id)) this.#onEnd(id);
  }

  #assign(id: string, engineUuid: string): void {
    const engineId = this.#engines.get(engineUuid)?.id;
    this.records.assign(id, { engineUuid, ...(engineId === undefined ? {} : { engineId }) });
  }

  #release(id: string): void {
    this.#unassigned.delete(id);
    const book = this.#engines.get(this.#pending.get(id)?.engineUuid ?? '');
    book?.queue.delete(id);
    book?.tasks.delete(id);
  }
}

function complete(book: EngineBook, id: string): void {
  book.completed += 1;
  book.recent.push(id);
  if (book.recent.length > 2 * maxRecent) book.recent.splice(0, maxRecent);
}

/** Header of a reply that no engine could write any more. */
function replyHeader(request: Header, date: string): Header {
  return { ...request, msg_type: request.msg_type.replace(/_request$/, '_reply'), date };
}

/** What a message takes, near enough. */
function sizeOf({ content, metadata, buffers }: Message): number {
  const payload = buffers.reduce((bytes, buffer) => bytes + buffer.byteLength, 0);
  return headerBytes + payload + jsonSize(content) + jsonSize(metadata);
}

const headerBytes = 512;
