import { ParallelError } from '../base/errors.js';
import { countOf, listOf, objectOf, textOf } from '../wire/fields.js';
import type { JsonObject, Message } from '../wire/message.js';
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
type Entry = JsonObject;

/**
 * The record of request `id` in a `result_reply`.
 *
 * @throws {@link ParallelError} `BAD_ARGUMENT` when the hub knows no such request (any more).
 */
export function readRecord(answer: Message, id: string): ReadRecord {
  const entry = entryIn(answer, id);
  const { metadata, header, io, pxlab } = entry;
  return {
    metadata: objectOf(metadata) ?? {},
    sentAt: dateOf(objectOf(header)?.['date']),
    ...engineIn(entry),
    outputs: pxlab === undefined ? outputsOf(objectOf(io) ?? {}) : outputsIn(objectOf(pxlab) ?? {}),
    reply: listOf(answer.content['completed']).includes(id) ? replyIn(entry, answer) : undefined,
  };
}

function engineIn(entry: Entry): Pick<ReadRecord, 'engineId' | 'engineUuid' | 'state'> {
  const { engineUuid, engineId, state } = objectOf(entry['pxlab']) ?? {};
  const told = objectOf(entry['result_metadata'])?.['engine'];
  return {
    engineId: countOf(engineId),
    engineUuid: textOf(engineUuid) ?? textOf(told),
    state: state === 'busy' || state === 'idle' ? state : undefined,
  };
}

function entryIn(answer: Message, id: string): Entry {
  const entry = Object.hasOwn(answer.content, id) ? objectOf(answer.content[id]) : undefined;
  if (entry !== undefined) return entry;
  if (listOf(answer.content['pending']).includes(id)) return {};
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

function outputsIn({ outputs, omittedOutputs, omittedBytes }: JsonObject): OutputBody[] {
  const read = listOf(outputs).flatMap((output) => {
    const { type, content } = objectOf(output) ?? {};
    return readOutput(textOf(type) ?? '', objectOf(content) ?? {}) ?? [];
  });
  const count = countOf(omittedOutputs) ?? 0;
  if (count === 0) return read;
  return [{ type: 'cut', count, characters: countOf(omittedBytes) ?? 0 }, ...read];
}

/** Hubs of others keep texts apart from the rest, without their order, and no displays. */
function outputsOf(io: JsonObject): OutputBody[] {
  const texts = (['stdout', 'stderr'] as const).flatMap((name): OutputBody[] => {
    const text = textOf(io[name]) ?? '';
    return text === '' ? [] : [{ type: 'stream', name, text }];
  });
  const others = (['execute_result', 'error'] as const).flatMap((type) => {
    const content = objectOf(io[type]);
    return content ? (readOutput(type, content) ?? []) : [];
  });
  return [...texts, ...others];
}

function replyIn(entry: Entry, { buffers }: Message): TaskReply {
  const { result_header: header, result_metadata: metadata, result_content: content } = entry;
  const reply = readReply({
    header: { date: textOf(objectOf(header)?.['date']) ?? '' },
    metadata: objectOf(metadata) ?? {},
    content: objectOf(content) ?? {},
    buffers,
  });
  return { ...reply, engineId: reply.engineId ?? engineIn(entry).engineId };
}

function dateOf(text: unknown): Date | undefined {
  const date = new Date(typeof text === 'string' ? text : '');
  return Number.isNaN(date.getTime()) ? undefined : date;
}
