import { ParallelError } from '../base/errors.js';
import type { OutputContents } from '../wire/contents.js';
import type { JsonObject, Message } from '../wire/message.js';
import type { FollowedRecord } from '../wire/task-record.js';
import type { OutputBody } from './outputs.js';
import { readOutput } from './read-output.js';
import { readReply, type TaskReply } from './task-reply.js';

/** What the hub knows of one request. */
export interface ReadRecord {
  readonly metadata: JsonObject;
  readonly sentAt: Date | undefined;
  readonly engineId: number | undefined;
  readonly engineUuid: string | undefined;
  /** Undefined when the engine has not begun, and where the hub does not tell. */
  readonly state: 'busy' | 'idle' | undefined;
  /** What it showed until now; what was dropped of it comes first, as an output of type `cut`. */
  readonly outputs: readonly OutputBody[];
  readonly reply: TaskReply | undefined;
}

/** An entry of a `result_reply`. Field names are ipyparallel's; `pxlab` has our hub alone. */
interface Entry extends Partial<FollowedRecord> {
  readonly io?: {
    readonly [Type in 'execute_result' | 'error']?: OutputContents[Type] | null;
  } & {
    readonly stdout?: string;
    readonly stderr?: string;
  };
}

/**
 * The record of request `id` in a `result_reply`.
 *
 * @throws {@link ParallelError} `BAD_ARGUMENT` when the hub knows no such request (any more).
 */
export function readRecord(answer: Message, id: string): ReadRecord {
  const entry = entryIn(answer, id);
  return {
    metadata: entry.metadata ?? {},
    sentAt: dateOf(entry.header?.['date']),
    ...engineIn(entry),
    outputs: entry.pxlab === undefined ? outputsOf(entry.io ?? {}) : outputsIn(entry.pxlab),
    reply: listIn(answer, 'completed').includes(id) ? replyIn(entry, answer) : undefined,
  };
}

function engineIn(entry: Entry): Pick<ReadRecord, 'engineId' | 'engineUuid' | 'state'> {
  const { pxlab, result_metadata: told = {} } = entry;
  const uuid = pxlab?.engineUuid ?? told['engine'];
  return {
    engineId: pxlab?.engineId,
    engineUuid: typeof uuid === 'string' ? uuid : undefined,
    state: pxlab?.state,
  };
}

function entryIn(answer: Message, id: string): Entry {
  const entry = answer.content[id];
  if (typeof entry === 'object' && entry !== null) return entry;
  if (listIn(answer, 'pending').includes(id)) return {};
  throw unknownRequest(id);
}

/** What the hub says of a request that it does not know, in our words; other failures as they are. */
export function asUnknown(error: unknown, id: string): unknown {
  const isUnknown =
    error instanceof ParallelError &&
    error.code === 'REMOTE' &&
    error.message.includes('No such message');
  return isUnknown ? unknownRequest(id, error) : error;
}

/** True for what {@link asUnknown} and {@link readRecord} say of a request that the hub does not know. */
export function isUnknownRequest(error: unknown): boolean {
  return error instanceof ParallelError && error.message.startsWith(unknownWords);
}

const unknownWords = 'The cluster knows no request';

function unknownRequest(id: string, cause?: Error): ParallelError {
  return new ParallelError(
    'BAD_ARGUMENT',
    `${unknownWords} ${id}: it was of another cluster, or its record was dropped to make ` +
      'room, or purged.',
    { cause },
  );
}

function outputsIn({
  outputs,
  omittedOutputs,
  omittedBytes,
}: FollowedRecord['pxlab']): OutputBody[] {
  const read = outputs.flatMap(({ type, content }) => readOutput(type, content) ?? []);
  if (omittedOutputs === 0) return read;
  return [{ type: 'cut', count: omittedOutputs, characters: omittedBytes }, ...read];
}

/** Hubs of others keep texts apart from the rest, without their order, and no displays. */
function outputsOf(io: NonNullable<Entry['io']>): OutputBody[] {
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

function replyIn(entry: Entry, { buffers }: Message): TaskReply {
  const { result_header: header = {}, result_metadata: metadata = {} } = entry;
  const date = header['date'];
  const reply = readReply({
    header: { date: typeof date === 'string' ? date : '' },
    metadata,
    content: entry.result_content ?? {},
    buffers,
  });
  return { ...reply, engineId: reply.engineId ?? entry.pxlab?.engineId };
}

function listIn(answer: Message, field: 'pending' | 'completed'): readonly unknown[] {
  const list = answer.content[field];
  return Array.isArray(list) ? list : [];
}

function dateOf(text: unknown): Date | undefined {
  const date = new Date(typeof text === 'string' ? text : '');
  return Number.isNaN(date.getTime()) ? undefined : date;
}
