import { ParallelError } from '../base/errors.js';
import { callOf } from '../wire/cell.js';
import { countOf, listOf, objectOf, textOf } from '../wire/fields.js';
import type { JsonObject } from '../wire/message.js';
import type { AsyncResult } from './async-result.js';
import type { ViewContext } from './call.js';
import { recordedTask, resultOf } from './recorded-results.js';
import { Task } from './task.js';

/** A call of a notebook, as the hub's records know it. */
export interface RecordedCall {
  readonly id: string;
  /** Name of the notebook's cell: `Cell [3]`. */
  readonly cell: string;
  /** The first line of its code. */
  readonly title: string;
  readonly sentAt: Date;
  /** By rank: the order of its targets; undefined for a request of which the record is gone. */
  readonly messageIds: readonly (string | undefined)[];
}

/** A result that is found again. */
export interface RecalledResult {
  readonly result: AsyncResult<unknown[]>;
  /** Resolves when what was shown until now is in its outputs. */
  readonly isLoaded: Promise<void>;
}

/** Larger groups than this are taken for a mistake of whoever wrote the record. */
const maxGroupSize = 65_536;

/** The calls of a notebook that the hub has records of, the oldest first. Hubs of others find none. */
export async function recordedCalls(
  { connection }: ViewContext,
  notebook: string,
): Promise<readonly RecordedCall[]> {
  const { content } = await connection.query('db_request', {
    query: { 'metadata.pxlab.call.notebook': notebook },
    keys: ['msg_id', 'metadata', 'submitted'],
  });
  const calls = new Map<string, GatheredCall>();
  for (const row of listOf(content['records'])) gather(calls, objectOf(row) ?? {});
  return [...calls.values()].sort((a, b) => a.sentAt.getTime() - b.sentAt.getTime());
}

type GatheredCall = RecordedCall & { readonly messageIds: (string | undefined)[] };

/** Adds the request of one record to its call. */
function gather(calls: Map<string, GatheredCall>, row: JsonObject): void {
  const { msg_id: id, submitted } = row;
  const metadata = objectOf(row['metadata']) ?? {};
  const call = callOf(metadata);
  if (call === undefined || typeof id !== 'string') return;
  const { cell, rank, size } = placeOf(metadata);
  const known = calls.get(call.id) ?? {
    id: call.id,
    cell: cell ?? call.cell ?? '',
    title: call.title ?? '',
    sentAt: new Date(textOf(submitted) ?? ''),
    messageIds: Array.from<string | undefined>({ length: size }),
  };
  // A request that was sent again comes later, and takes the place of the first.
  if (rank < known.messageIds.length) known.messageIds[rank] = id;
  calls.set(call.id, known);
}

/** Which part of its call a request is, and of which cell. */
function placeOf({ pxlab }: JsonObject): { cell: string | undefined; rank: number; size: number } {
  const { cell, group } = objectOf(pxlab) ?? {};
  const { rank, size } = objectOf(group) ?? {};
  return {
    cell: textOf(objectOf(cell)?.['name']),
    rank: countOf(rank) ?? 0,
    size: Math.min(countOf(size) ?? 1, maxGroupSize),
  };
}

/** The result of a call: what there was until now, then what comes. */
export function recallResult(
  context: ViewContext,
  { messageIds }: RecordedCall,
  maxOutputBytes: number,
): RecalledResult {
  const recalled = messageIds.map((id) =>
    id === undefined ? droppedTask() : recordedTask(context, id, maxOutputBytes),
  );
  const tasks = recalled.map(({ task }) => task);
  const result = resultOf(context, tasks, { options: {}, combine: (values) => [...values] });
  return {
    result,
    isLoaded: Promise.all(recalled.map((each) => each.isLoaded)).then(() => undefined),
  };
}

function droppedTask(): { task: Task; isLoaded: Promise<void> } {
  const task = new Task({ messageId: '', engine: undefined, valueOf: () => undefined });
  const reason = new ParallelError(
    'BAD_ARGUMENT',
    'The record of this part of the call was dropped to make room, or purged.',
  );
  task.finish({ type: 'failed', reason }, 0);
  return { task, isLoaded: Promise.resolve() };
}
