import { decodeValue, splitBuffers } from '../serialize/values.js';
import type { VariablesMetadata } from '../wire/contents.js';
import type { JsonObject } from '../wire/message.js';
import { AsyncResult, type CallOptions } from './async-result.js';
import type { ViewContext } from './call.js';
import { FollowedRequest } from './followed-request.js';
import { Task } from './task.js';
import type { TaskReply } from './task-reply.js';

export interface RecordedOptions<T> {
  readonly options: CallOptions;
  readonly combine: (values: readonly unknown[]) => T;
  /** Of what each task showed before, the last outputs up to this size come. @defaultValue 16 MiB */
  readonly maxOutputBytes?: number;
}

const defaultMaxOutputBytes = 16 * 1024 ** 2;

/**
 * The results of requests by their ids, of whichever client: those of this client that are outstanding
 * as they are, others from the hub's records. One that still runs is followed to its end.
 */
export function recordedResults<T>(
  context: ViewContext,
  messageIds: readonly string[],
  { options, combine, maxOutputBytes = defaultMaxOutputBytes }: RecordedOptions<T>,
): AsyncResult<T> {
  options.signal?.throwIfAborted();
  const tasks = messageIds.map((id) => recordedTask(context, id, maxOutputBytes).task);
  return resultOf(context, tasks, { options, combine });
}

export function resultOf<T>(
  { connection, dispatcher }: ViewContext,
  tasks: readonly Task[],
  { options, combine }: RecordedOptions<T>,
): AsyncResult<T> {
  return new AsyncResult<T>({
    tasks,
    combine,
    options,
    clock: connection.clock,
    cancel: (some, how) => dispatcher.cancel(some, how),
    abandon: (some, reason) => dispatcher.abandon(some, reason),
  });
}

/** The task of a request; `isLoaded` resolves when what there was of it until now is there. */
export function recordedTask(
  { connection, dispatcher }: ViewContext,
  messageId: string,
  maxOutputBytes: number,
): { task: Task; isLoaded: Promise<void> } {
  const own = dispatcher.taskOf(messageId);
  if (own !== undefined) return { task: own, isLoaded: Promise.resolve() };
  const record: { metadata?: JsonObject | undefined } = {};
  const valueOf = (reply: TaskReply): unknown => valueIn(reply, record.metadata);
  const task = new Task({ messageId, engine: undefined, valueOf });
  // From now on its outputs are followed, and the end of the connection ends it.
  connection.outstanding.add(task, { hasOutputs: connection.hasMarks });
  const onMetadata = (metadata: JsonObject): void => {
    record.metadata = metadata;
  };
  const followed = new FollowedRequest(connection, task, { maxOutputBytes, onMetadata });
  void followed.run(); // never rejects
  return { task, isLoaded: followed.loaded };
}

/** The value in a recorded reply: of a cell, or of the variables that its request pulled. */
function valueIn(reply: TaskReply, metadata: JsonObject | undefined): unknown {
  if (reply.hasValue) return decodeValue(reply.buffers);
  const { method, names = [] } = (metadata?.['pxlab'] ?? {}) as Partial<VariablesMetadata>;
  if (method !== 'pull') return undefined;
  const values = splitBuffers(reply.buffers).map((buffers) => decodeValue(buffers));
  return names.length === 1 ? values[0] : values;
}
