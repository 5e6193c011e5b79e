import { languageOfUuid } from '../wire/engine-uuid.js';
import { type JsonObject, type Message, Session } from '../wire/message.js';
import {
  connectionReply,
  followedReply,
  historyReply,
  loadReply,
  parseFollow,
  parseMessageIds,
  parseTargets,
  queueReply,
  resultReply,
} from '../wire/hub-messages.js';
import type { Answer, Query } from './hub.js';
import type { EngineEntry } from './hub-state.js';
import { matchingRecords } from './record-query.js';
import type { TaskBook } from './task-book.js';

export interface QuerySources {
  readonly engines: () => ReadonlyMap<number, EngineEntry>;
  /** Engines of an earlier run have answered, or are slow to do so. */
  readonly whenRestored: () => Promise<void>;
  readonly book: TaskBook;
  /** Called before each answer, so that the book is up to date. */
  readonly settle: () => void;
  /** Publishes a mark among the outputs: those before it are in the book. */
  readonly mark: (mark: string) => void;
  /** Takes a request as if a client had sent it to the task scheduler. */
  readonly resubmit: (request: Message) => void;
}

/** What clients can ask the hub about engines and requests, by message type without `_request`. */
export function hubQueries(sources: QuerySources): [string, Query][] {
  const { book, settle } = sources;
  const upToDate =
    (query: (content: JsonObject) => Answer): Query =>
    (content) => {
      settle();
      return query(content);
    };
  const queries: [string, (content: JsonObject) => Answer][] = [
    ['queue', (content) => queueStatus(sources, content)],
    ['load', (content) => load(sources, content)],
    ['result', (content) => results(sources, content)],
    ['history', () => ({ content: historyReply(book.records) })],
    ['db', (content) => matchingRecords(book.records, content)],
    ['purge', (content) => purge(sources, content)],
    ['resubmit', (content) => resubmit(sources, content)],
  ];
  return [
    ['connection', () => connection(sources)],
    ...queries.map(([verb, query]) => [verb, upToDate(query)] as [string, Query]),
  ];
}

async function connection({ engines, whenRestored }: QuerySources): Promise<Answer> {
  await whenRestored();
  return { content: connectionReply([...engines().values()]) };
}

function queueStatus(sources: QuerySources, content: JsonObject): Answer {
  const { book } = sources;
  const statuses = targetsOf(sources, content).map(
    ({ id, uuid }) => [id, book.status(uuid)] as const,
  );
  const isVerbose = content['verbose'] === true;
  return { content: queueReply(statuses, { unassigned: book.unassigned, isVerbose }) };
}

function load(sources: QuerySources, content: JsonObject): Answer {
  const loads = targetsOf(sources, content).map(({ id, uuid }) => {
    const { queue, tasks } = sources.book.status(uuid);
    return [id, queue.length + tasks.length] as const;
  });
  return { content: loadReply(loads) };
}

function results({ book, mark }: QuerySources, content: JsonObject): Answer {
  const ids = [...new Set(parseMessageIds(content))].sort();
  const entries = ids.map((id) => {
    const record = book.records.get(id);
    if (record === undefined && !book.isPending(id)) throw new KeyError(`No such message: ${id}`);
    return { id, record };
  });
  const follow = parseFollow(content);
  if (follow !== undefined) {
    if (follow.mark !== undefined) mark(follow.mark);
    for (const id of ids) book.follow(id);
    return followedReply(entries, follow);
  }
  return resultReply(entries, { isStatusOnly: content['status_only'] === true });
}

function purge(sources: QuerySources, content: JsonObject): Answer {
  const { book } = sources;
  const isAll = content['msg_ids'] === 'all';
  const finished = [...book.records].filter(({ id }) => !book.isPending(id));
  const uuids = new Set(
    content['engine_ids'] === undefined ? [] : targetsOf(sources, content).map(({ uuid }) => uuid),
  );
  const ids = isAll ? finished.map(({ id }) => id) : parseMessageIds(content);
  for (const id of ids) {
    if (book.isPending(id)) throw new IndexError(`msg pending: ${id}`);
  }
  for (const { id, engineUuid } of finished) {
    if (engineUuid !== undefined && uuids.has(engineUuid)) ids.push(id);
  }
  for (const id of ids) book.records.delete(id);
  return { content: { status: 'ok' } };
}

/**
 * Sends requests once more, as tasks, with a new id and date each. Metadata is not sent again; but where
 * there are engines of two languages, those of the one that ran it get it.
 */
function resubmit(sources: QuerySources, content: JsonObject): Answer {
  const { book, resubmit: submit } = sources;
  const session = new Session();
  const records = parseMessageIds(content).map((id) => {
    const record = book.records.get(id);
    if (record?.request === undefined) throw new KeyError(`No such message: ${id}`);
    return { record, request: record.request };
  });
  const resubmitted = records.map(({ record, request }) => {
    const { header, content: body, buffers } = request;
    const metadata = sameLanguage(sources, record.engineUuid);
    const fresh = session.message({ type: header.msg_type, content: body, metadata, buffers });
    const { msg_id: newId, date } = fresh.header;
    submit({ ...fresh, header: { ...header, msg_id: newId, date } });
    record.resubmittedAs = newId;
    return [record.id, newId];
  });
  return { content: { status: 'ok', resubmitted: Object.fromEntries(resubmitted) as object } };
}

/** What lets the task scheduler choose among the engines of the language of `engineUuid`. */
function sameLanguage({ engines }: QuerySources, engineUuid: string | undefined): JsonObject {
  if (engineUuid === undefined) return {};
  const all = [...engines().values()];
  const ran = all.find(({ uuid }) => uuid === engineUuid);
  const language = ran === undefined ? languageOfUuid(engineUuid) : languageOf(ran);
  const targets = all.filter((engine) => languageOf(engine) === language).map(({ uuid }) => uuid);
  if (targets.length === all.length) return {};
  return { targets: targets.length === 0 ? [engineUuid] : targets };
}

function languageOf({ uuid, description }: EngineEntry): 'typescript' | 'python' {
  return description?.language ?? languageOfUuid(uuid);
}

/** The engines that `targets` names by id or uuid; all without it. */
function targetsOf({ engines }: QuerySources, content: JsonObject): EngineEntry[] {
  const all = [...engines().values()];
  return (
    parseTargets(content)?.map((target) => {
      const engine = all.find(({ id, uuid }) => id === target || uuid === target);
      if (engine === undefined) throw new IndexError(`No such engine: ${target}`);
      return engine;
    }) ?? all
  );
}

/** Errors by the names that Python's client knows. */
class KeyError extends Error {
  override readonly name = 'KeyError';
}
class IndexError extends Error {
  override readonly name = 'IndexError';
}
