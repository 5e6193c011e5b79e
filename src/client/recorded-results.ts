import { ParallelError } from '../base/errors.js';
import { decodeValue, splitBuffers } from '../serialize/values.js';
import type { OutputContents, VariablesMetadata } from '../wire/contents.js';
import type { JsonObject, Message } from '../wire/message.js';
import { AsyncResult, type CallOptions } from './async-result.js';
import type { ViewContext } from './call.js';
import type { OutputBody } from './outputs.js';
import { readOutput } from './read-output.js';
import { Task } from './task.js';
import { readReply, type TaskReply } from './task-reply.js';

/** The engine says that it is done a moment before the hub has its reply, at most this often. */
const maxQuestions = 40;
const questionPauseMs = 50;

/** The hub's record of a request, in part. Field names are ipyparallel's. */
interface Record {
  readonly metadata?: JsonObject;
  readonly result_metadata?: JsonObject & { readonly engine?: string };
  readonly result_header?: { readonly date?: string };
  readonly result_content?: JsonObject;
  readonly io?: {
    readonly [Type in 'execute_result' | 'error']?: OutputContents[Type] | null;
  } & {
    readonly stdout?: string;
    readonly stderr?: string;
  };
}

/**
 * The results of requests by their ids, of whichever client: those of this client that are outstanding
 * as they are, others from the hub's records. One that still runs is followed to its end.
 */
export function recordedResults<T>(
  context: ViewContext,
  messageIds: readonly string[],
  how: { readonly options: CallOptions; readonly combine: (values: readonly unknown[]) => T },
): AsyncResult<T> {
  const { connection, dispatcher } = context;
  how.options.signal?.throwIfAborted();
  const tasks = messageIds.map((id) => dispatcher.taskOf(id) ?? fetchTask(context, id));
  return new AsyncResult<T>({
    tasks,
    ...how,
    clock: connection.clock,
    cancel: (some, options) => dispatcher.cancel(some, options),
    abandon: (some, reason) => dispatcher.abandon(some, reason),
  });
}

function fetchTask({ connection }: ViewContext, messageId: string): Task {
  const record: { metadata?: JsonObject | undefined } = {};
  const valueOf = (reply: TaskReply): unknown => valueIn(reply, record.metadata);
  const task = new Task({ messageId, engine: undefined, valueOf });
  // From now on its outputs are followed, and the end of the connection ends it.
  connection.outstanding.add(task, { hasOutputs: false });
  void new Fetch(connection, task, (metadata) => (record.metadata = metadata)).run(); // never rejects
  return task;
}

/** Asks the hub for one result: at once, and whenever there may be news of it. */
class Fetch {
  readonly #connection: ViewContext['connection'];
  readonly #task: Task;
  readonly #onMetadata: (metadata: JsonObject | undefined) => void;
  #wake: (() => void) | undefined;
  #hasShown = false;

  constructor(
    connection: ViewContext['connection'],
    task: Task,
    onMetadata: (metadata: JsonObject | undefined) => void,
  ) {
    this.#connection = connection;
    this.#task = task;
    this.#onMetadata = onMetadata;
  }

  async run(): Promise<void> {
    const { messageId: id } = this.#task;
    const { outstanding, directory } = this.#connection;
    const ends = [
      this.#connection.onIdle((idle) => idle === id && this.#wake?.()),
      directory.onChange(() => this.#wake?.()),
      this.#connection.onEnd(() => this.#wake?.()),
    ];
    try {
      while (!(await this.#ask())) {
        const news = new Promise<void>((resolve) => (this.#wake = resolve));
        await news;
        if (await this.#askOften()) break;
      }
    } catch (reason) {
      outstanding.handle({ type: 'abandoned', id, reason });
    } finally {
      for (const end of ends) end();
    }
  }

  /** After news the record is complete at once, or soon. */
  async #askOften(): Promise<boolean> {
    for (let count = 0; count < maxQuestions; count += 1) {
      if (await this.#ask()) return true;
      await this.#connection.clock.sleep(questionPauseMs);
    }
    return false;
  }

  /** @returns true when the task is finished. */
  async #ask(): Promise<boolean> {
    const { messageId: id } = this.#task;
    const content = { msg_ids: [id], status_only: false };
    const answer = await this.#connection.query('result_request', content);
    const record = recordIn(answer, id);
    this.#onMetadata(record.metadata);
    this.#placeOn(record.result_metadata?.engine);
    this.#show(record);
    if (!listIn(answer, 'completed').includes(id)) return false;
    this.#connection.outstanding.handle({ type: 'replied', id, reply: replyIn(record, answer) });
    return true;
  }

  #placeOn(engineUuid: string | undefined): void {
    const engine = this.#connection.directory.byUuid(engineUuid ?? '');
    if (engine === undefined) return;
    const { messageId: id } = this.#task;
    this.#connection.outstanding.handle({ type: 'started', id, engineId: engine.id });
  }

  /** What was shown before it was followed; once, since later outputs come by themselves. */
  #show({ io }: Record): void {
    if (this.#hasShown || io === undefined) return;
    this.#hasShown = true;
    for (const output of outputsIn(io)) {
      this.#connection.outstanding.handle({ type: 'output', id: this.#task.messageId, output });
    }
  }
}

function outputsIn(io: NonNullable<Record['io']>): OutputBody[] {
  const texts = (['stdout', 'stderr'] as const).flatMap((name): OutputBody[] => {
    const text = io[name] ?? '';
    return text === '' ? [] : [{ type: 'stream', name, text }];
  });
  const others = (['execute_result', 'error'] as const).flatMap((type) => {
    const content = io[type];
    return content ? (readOutput(type, content) ?? []) : [];
  });
  return [...texts, ...others];
}

function recordIn(answer: Message, id: string): Record {
  const record = answer.content[id];
  if (typeof record === 'object' && record !== null) return record;
  if (listIn(answer, 'pending').includes(id)) return {};
  throw new ParallelError(
    'BAD_ARGUMENT',
    `The cluster knows no request ${id}: it was of another cluster, or its record was dropped.`,
  );
}

function listIn(answer: Message, field: 'pending' | 'completed'): readonly unknown[] {
  const list = answer.content[field];
  return Array.isArray(list) ? list : [];
}

function replyIn(record: Record, { buffers }: Message): TaskReply {
  return readReply({
    header: { date: record.result_header?.date ?? '' },
    metadata: record.result_metadata ?? {},
    content: record.result_content ?? {},
    buffers,
  });
}

/** The value in a recorded reply: of a cell, or of the variables that its request pulled. */
function valueIn(reply: TaskReply, metadata: JsonObject | undefined): unknown {
  if (reply.hasValue) return decodeValue(reply.buffers);
  const { method, names = [] } = (metadata?.['pxlab'] ?? {}) as Partial<VariablesMetadata>;
  if (method !== 'pull') return undefined;
  const values = splitBuffers(reply.buffers).map((buffers) => decodeValue(buffers));
  return names.length === 1 ? values[0] : values;
}
