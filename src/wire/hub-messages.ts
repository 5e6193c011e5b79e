import type { EngineInfoFile } from './connection-info.js';
import type {
  EngineDeath,
  EngineDescription,
  EngineNotice,
  Failed,
  FollowRequest,
  Notification,
  Ok,
} from './contents.js';
import { microseconds } from './dates.js';
import { descriptionIn } from './engine-fields.js';
import { countOf } from './fields.js';
import type { JsonObject } from './message.js';
import { followedEntry, recordFields, resultEntry, type TaskRecord } from './task-record.js';

/**
 * Requests to the hub, checked as they come in, and its replies.
 *
 * Source: ipyparallel 9.2, `ipyparallel/controller/hub.py`.
 */
export interface Registration {
  readonly uuid: string;
  readonly requestedId: number | undefined;
  readonly description: EngineDescription | undefined;
}

/** ZeroMQ's limit: an engine's uuid is its identity. */
const maxIdentityBytes = 255;

/** The fields of a `registration_request`; undefined when it names no uuid. */
export function parseRegistration(content: JsonObject): Registration | undefined {
  const { uuid, id, pxlab } = content;
  if (typeof uuid !== 'string' || uuid === '' || uuid.length > maxIdentityBytes) return undefined;
  return { uuid, requestedId: countOf(id), description: descriptionIn(pxlab) };
}

/** The engine id in an `unregistration_request`; undefined when there is none. */
export function parseUnregistration(content: JsonObject): number | undefined {
  return typeof content['id'] === 'number' ? content['id'] : undefined;
}

export function registrationReply(
  id: number,
  options: { periodMs: number; engineInfo: EngineInfoFile },
): Ok<{ id: number; hb_period: number; connection_info: object }> {
  return {
    status: 'ok',
    id,
    hb_period: options.periodMs,
    connection_info: { ...options.engineInfo, key: undefined },
  };
}

type Registered = readonly {
  readonly id: number;
  readonly uuid: string;
  readonly description?: EngineDescription | undefined;
}[];

export function connectionReply(engines: Registered): Ok<{
  engines: Record<string, string>;
  pxlab: { engines: Record<string, EngineDescription> };
}> {
  const described = engines.flatMap(({ id, description }) =>
    description === undefined ? [] : [[String(id), description] as const],
  );
  return {
    status: 'ok',
    engines: Object.fromEntries(engines.map(({ id, uuid }) => [String(id), uuid])),
    pxlab: { engines: Object.fromEntries(described) },
  };
}

export function registered(engine: Registered[number]): Notification {
  const { id, uuid, description } = engine;
  return {
    type: 'registration_notification',
    content: notice(id, uuid, description && { engine: description }),
  };
}

export function unregistered(engine: Registered[number], death: EngineDeath): Notification {
  return {
    type: 'unregistration_notification',
    content: notice(engine.id, engine.uuid, { death }),
  };
}

function notice(id: number, uuid: string, pxlab: EngineNotice['pxlab']): EngineNotice {
  return { id, uuid, ...(pxlab === undefined ? {} : { pxlab }) };
}

/** Error content that does not come from an engine. */
export function failed(ename: string, evalue: string): Failed {
  return { status: 'error', ename, evalue, traceback: [], engine_info: {} };
}

/** The `msg_ids` of a request. @throws TypeError when they are no list of texts. */
export function parseMessageIds(content: JsonObject): string[] {
  const ids = content['msg_ids'] ?? [];
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string')) {
    throw new TypeError('Expected `msg_ids` to be a list of message ids.');
  }
  return ids;
}

/** The engines, by id or uuid, that a request names; undefined for all. */
export function parseTargets(content: JsonObject): (number | string)[] | undefined {
  const targets = content['targets'] ?? content['engine_ids'] ?? undefined;
  if (targets === undefined) return undefined;
  const list: unknown[] = Array.isArray(targets) ? targets : [targets];
  if (list.every((target) => typeof target === 'number' || typeof target === 'string')) return list;
  throw new TypeError('Expected `targets` to be a list of engine ids.');
}

interface Status {
  readonly queue: readonly string[];
  readonly tasks: readonly string[];
  readonly completed: readonly string[];
  readonly completedCount: number;
}

/** Counts, or the ids themselves when they are asked for; of those completed, the last. */
export function queueReply(
  statuses: readonly (readonly [id: number, status: Status])[],
  options: { unassigned: readonly string[]; isVerbose: boolean },
): Ok {
  const { unassigned, isVerbose } = options;
  const show = (ids: readonly string[]) => (isVerbose ? ids : ids.length);
  const engines = statuses.map(([id, { queue, tasks, completed, completedCount }]) => [
    String(id),
    { queue: show(queue), completed: isVerbose ? completed : completedCount, tasks: show(tasks) },
  ]);
  return { status: 'ok', ...Object.fromEntries(engines), unassigned: show(unassigned) } as Ok;
}

export function loadReply(loads: readonly (readonly [id: number, load: number])[]): Ok {
  return { status: 'ok', ...Object.fromEntries(loads.map(([id, load]) => [String(id), load])) };
}

export function historyReply(records: Iterable<TaskRecord>): Ok<{ history: readonly string[] }> {
  const history = [...records]
    .filter(({ request }) => request !== undefined)
    .sort((a, b) => microseconds(submitted(a)) - microseconds(submitted(b)))
    .map(({ id }) => id);
  return { status: 'ok', history };
}

function submitted({ request }: TaskRecord): string {
  return request?.header.date ?? '';
}

/** A record is absent for a request that is pending and was not kept. */
export function resultReply(
  entries: readonly { id: string; record: TaskRecord | undefined }[],
  options: { isStatusOnly: boolean },
): { content: Ok; buffers: readonly Uint8Array[] } {
  const completed = entries.filter(({ record }) => record?.result !== undefined);
  const pending = entries.filter(({ record }) => record?.result === undefined);
  const told = options.isStatusOnly ? [] : completed;
  const results = told.flatMap(({ id, record }) => (record ? [[id, resultEntry(record)]] : []));
  const content = {
    status: 'ok',
    pending: pending.map(({ id }) => id),
    completed: completed.map(({ id }) => id),
    ...Object.fromEntries(results),
  } as Ok;
  return { content, buffers: told.flatMap(({ record }) => record?.result?.buffers ?? []) };
}

/** The same for a client of ours, which follows the requests: those that are pending are told of too. */
export function followedReply(
  entries: readonly { id: string; record: TaskRecord | undefined }[],
  { maxOutputBytes }: FollowRequest,
): { content: Ok; buffers: readonly Uint8Array[] } {
  const { content, buffers } = resultReply(entries, { isStatusOnly: false });
  const followed = entries.flatMap(({ id, record }) =>
    record === undefined ? [] : [[id, followedEntry(record, maxOutputBytes)] as const],
  );
  return { content: { ...content, ...Object.fromEntries(followed) }, buffers };
}

/** What a client of ours asks of a `result_request`; undefined for those of others. */
export function parseFollow({ pxlab }: JsonObject): FollowRequest | undefined {
  if (typeof pxlab !== 'object' || pxlab === null) return undefined;
  const { mark, maxOutputBytes } = pxlab as Partial<FollowRequest>;
  if (typeof maxOutputBytes !== 'number') return undefined;
  return { maxOutputBytes, ...(typeof mark === 'string' ? { mark } : {}) };
}

/** Records as a `db_request` wants them: the fields in `keys`, buffers apart and only when asked for. */
export function dbReply(
  records: readonly TaskRecord[],
  keys: readonly string[] | undefined,
): { content: Ok; buffers: readonly Uint8Array[] } {
  const isWanted = (key: string): boolean => keys === undefined || keys.includes(key);
  const withBuffers = keys?.includes('buffers') ?? false;
  const withResultBuffers = keys?.includes('result_buffers') ?? false;
  const rows = records.map((record) =>
    Object.fromEntries(
      Object.entries(recordFields(record)).filter(
        ([key]) => key === 'msg_id' || (isWanted(key) && !key.endsWith('buffers')),
      ),
    ),
  );
  const own = (record: TaskRecord) => (withBuffers ? (record.request?.buffers ?? []) : []);
  const result = (record: TaskRecord) => (withResultBuffers ? (record.result?.buffers ?? []) : []);
  const content = {
    status: 'ok',
    records: rows,
    buffer_lens: withBuffers ? records.map((record) => own(record).length) : null,
    result_buffer_lens: withResultBuffers ? records.map((record) => result(record).length) : null,
  } as Ok;
  return { content, buffers: records.flatMap((record) => [...own(record), ...result(record)]) };
}

/** The query and the fields of a `db_request`. */
export function parseDbRequest(content: JsonObject): {
  query: JsonObject;
  keys: readonly string[] | undefined;
} {
  const { query, keys } = content;
  return {
    query: typeof query === 'object' && query !== null ? (query as JsonObject) : {},
    keys: Array.isArray(keys) ? keys.map(String) : undefined,
  };
}
