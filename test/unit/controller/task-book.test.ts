import { beforeEach, expect, test } from 'vitest';
import { hubQueries } from '../../../src/controller/hub-queries.js';
import { RecordStore } from '../../../src/controller/record-store.js';
import { TaskBook } from '../../../src/controller/task-book.js';
import type { FollowRequest } from '../../../src/wire/contents.js';
import { type JsonObject, type Message, Session } from '../../../src/wire/message.js';
import type { FollowedRecord } from '../../../src/wire/task-record.js';

const session = new Session('client');
const engine = { id: 0, uuid: 'e0' };
const at = '2026-01-02T03:04:05.678Z';
let book: TaskBook;
let marks: string[];

beforeEach(() => {
  marks = [];
  book = new TaskBook(
    new RecordStore({ maxRecords: 3, maxBytes: 100_000, maxOutputBytes: 10_000 }),
  );
  book.engineRegistered(engine);
});

function request(id: string, content: JsonObject = {}): Message {
  const message = session.message({ type: 'execute_request', content, id });
  return { ...message, content };
}

function reply(to: Message, buffers: Uint8Array[] = []): Message {
  const content = { status: 'ok' };
  const metadata = { status: 'ok', started: at };
  const message = { type: 'execute_reply', content, parent: to.header, metadata, buffers };
  return { ...session.message(message), content };
}

function output(to: Message, type: string, content: JsonObject): Message {
  return { ...session.message({ type, content, parent: to.header }), content };
}

/** Asks as a client does. */
async function ask(verb: string, content: JsonObject = {}, engines = [engine]) {
  const queries = new Map(
    hubQueries({
      engines: () => new Map(engines.map((each) => [each.id, each])),
      whenRestored: () => Promise.resolve(),
      book,
      settle: () => undefined,
      mark: (mark) => marks.push(mark),
      resubmit: (message) => book.requested(message, { queue: 'task' }),
    }),
  );
  return queries.get(verb)?.(content, request('question'));
}

/** Asks as a client of ours does. */
async function follow(id: string, how: Partial<FollowRequest> = {}): Promise<FollowedRecord[]> {
  const content = { msg_ids: [id], pxlab: { maxOutputBytes: 1_000_000, ...how } };
  const answer = (await ask('result', content))?.content as Record<string, FollowedRecord>;
  return [answer[id]].filter((entry) => entry !== undefined);
}

test('a request waits in the queue of its engine until it is answered', async () => {
  const one = request('r1');
  book.requested(one, { queue: 'mux', engineUuid: 'e0' });
  expect((await ask('queue'))?.content).toEqual({
    status: 'ok',
    0: { queue: 1, tasks: 0, completed: 0 },
    unassigned: 0,
  });

  book.answered(reply(one), at);

  expect((await ask('queue', { targets: [0], verbose: true }))?.content).toEqual({
    status: 'ok',
    0: { queue: [], tasks: [], completed: ['r1'] },
    unassigned: [],
  });
});

test('a task is unassigned until an engine has it', async () => {
  const one = request('t1');
  book.requested(one, { queue: 'task' });
  expect((await ask('queue'))?.content).toMatchObject({ unassigned: 1 });

  book.assigned('t1', 'e0');

  expect((await ask('queue'))?.content).toMatchObject({ 0: { tasks: 1 }, unassigned: 0 });
  expect((await ask('load'))?.content).toEqual({ status: 'ok', 0: 1 });
});

test('a result is kept with its buffers and outputs, in their order', async () => {
  const one = request('r1', { code: '1' });
  book.requested(one, { queue: 'mux', engineUuid: 'e0' });
  book.published(output(one, 'execute_input', { code: '1', execution_count: 4 }));
  book.published(output(one, 'stream', { name: 'stdout', text: 'a' }));
  book.published(output(one, 'stream', { name: 'stdout', text: 'b' }));
  book.published(output(one, 'stream', { name: 'stderr', text: 'c' }));
  book.published(output(one, 'status', { execution_state: 'idle' }));
  book.answered(reply(one, [Uint8Array.of(7)]), at);

  const answer = await ask('result', { msg_ids: ['r1', 'r1'] });

  expect(answer?.buffers).toEqual([Uint8Array.of(7)]);
  expect(answer?.content).toMatchObject({
    status: 'ok',
    pending: [],
    completed: ['r1'],
    r1: {
      header: { msg_id: 'r1' },
      result_content: { status: 'ok' },
      received: at,
      io: { stdout: 'ab', stderr: 'c', execute_input: '1', execute_result: null, error: null },
      pxlab: {
        omittedOutputs: 0,
        outputs: [
          { type: 'execute_input' },
          { type: 'stream', content: { name: 'stdout', text: 'ab' } },
          { type: 'stream', content: { name: 'stderr', text: 'c' } },
        ],
      },
    },
  });
});

test('a request without a result is pending, an unknown one is an error', async () => {
  book.requested(request('r1'), { queue: 'mux', engineUuid: 'e0' });

  expect((await ask('result', { msg_ids: ['r1'] }))?.content).toMatchObject({ pending: ['r1'] });
  await expect(ask('result', { msg_ids: ['no'] })).rejects.toMatchObject({ name: 'KeyError' });
  await expect(ask('result', { msg_ids: [3] })).rejects.toThrow('list of message ids');
});

test('finished records make room first, the oldest of them before the others', () => {
  const [one, two] = [request('r1'), request('r2')];
  for (const message of [one, two, request('r3')]) {
    book.requested(message, { queue: 'mux', engineUuid: 'e0' });
  }
  book.answered(reply(two), at);

  book.requested(request('r4'), { queue: 'mux', engineUuid: 'e0' });
  expect([...book.records].map(({ id }) => id)).toEqual(['r1', 'r3', 'r4']);
  book.requested(request('r5'), { queue: 'mux', engineUuid: 'e0' });
  expect([...book.records].map(({ id }) => id)).toEqual(['r3', 'r4', 'r5']);
});

test('records stay within their bytes, and what was counted is given back', () => {
  const messages = ['r1', 'r2'].map((id) => request(id));
  for (const message of messages) {
    book.requested(message, { queue: 'mux', engineUuid: 'e0' });
    book.answered(reply(message, [new Uint8Array(60_000)]), at);
  }

  expect([...book.records].map(({ id }) => id)).toEqual(['r2']);
  book.records.delete('r2');
  expect(book.records.bytes).toBe(0);
});

test('a request that never stops printing keeps its last outputs, and a count of the others', async () => {
  const one = request('r1');
  book.requested(one, { queue: 'mux', engineUuid: 'e0' });
  for (let count = 0; count < 50; count += 1) {
    const text = `${'x'.repeat(1000)} ${count}\n`;
    book.published(output(one, 'stream', { name: 'stdout', text }));
  }
  const last = { data: { 'text/plain': '7' }, metadata: {}, execution_count: 1 };
  book.published(output(one, 'execute_result', last));
  book.answered(reply(one), at);

  const [entry] = await follow('r1');

  expect(entry?.pxlab.outputs.at(-1)).toEqual({ type: 'execute_result', content: last });
  expect(JSON.stringify(entry?.pxlab.outputs.at(-2))).toContain('x 49');
  expect((entry?.pxlab.outputs.length ?? 0) + (entry?.pxlab.omittedOutputs ?? 0)).toBe(51);
  expect(entry?.pxlab.omittedBytes).toBeGreaterThan(40_000);
  expect(book.records.get('r1')?.outputBytes).toBeLessThanOrEqual(10_000);
  book.records.delete('r1');
  expect(book.records.bytes).toBe(0);
});

test('a large request leaves room for its outputs', async () => {
  const one = { ...request('r1'), buffers: [new Uint8Array(50_000)] };
  book.requested(one, { queue: 'mux', engineUuid: 'e0' });
  book.published(output(one, 'stream', { name: 'stdout', text: 'a' }));

  expect((await follow('r1'))[0]?.pxlab.outputs).toHaveLength(1);
});

test('who follows a request is told what there is of it, where it runs, and gets a mark', async () => {
  const one = request('r1');
  book.requested(one, { queue: 'mux', engineUuid: 'e0' });
  expect((await follow('r1'))[0]?.pxlab).toMatchObject({ engineId: 0, outputs: [] });
  book.published(output(one, 'status', { execution_state: 'busy' }));
  for (const [type, text] of [
    ['display_data', '0 %'],
    ['update_display_data', '50 %'],
    ['update_display_data', '90 %'],
  ] as const) {
    const content = { data: { 'text/plain': text }, metadata: {}, transient: { display_id: 'd' } };
    book.published(output(one, type, content));
  }
  book.published(output(one, 'clear_output', { wait: true }));

  const [entry] = await follow('r1', { mark: 'm1' });

  expect(marks).toEqual(['m1']);
  expect(entry?.pxlab).toMatchObject({ state: 'busy', engineUuid: 'e0', engineId: 0 });
  expect(entry?.pxlab.outputs).toMatchObject([
    { type: 'display_data' },
    { type: 'update_display_data', content: { data: { 'text/plain': '90 %' } } },
    { type: 'clear_output' },
  ]);
  const [brief] = await follow('r1', { maxOutputBytes: 0 });
  expect(brief?.pxlab).toMatchObject({ outputs: [], omittedOutputs: 3 });
});

test('thousands of tasks leave what notebooks ran', () => {
  const cell = { ...request('cell'), metadata: { pxlab: { call: { id: 'c', notebook: 'k' } } } };
  book.requested(cell, { queue: 'mux', engineUuid: 'e0' });
  book.answered(reply(cell), at);
  for (let count = 0; count < 10; count += 1) {
    const task = request(`t${count}`);
    book.requested(task, { queue: 'task' });
    book.answered(reply(task), at);
  }

  expect([...book.records].map(({ id }) => id)).toEqual(['cell', 't8', 't9']);
});

test('what waits on an engine that dies has failed; its engine is gone from the status', async () => {
  book.requested(request('r1'), { queue: 'mux', engineUuid: 'e0' });

  book.engineLost(engine, { death: { how: 'killed', signal: 'SIGKILL' }, at });

  expect((await ask('result', { msg_ids: ['r1'] }))?.content).toMatchObject({
    completed: ['r1'],
    r1: {
      result_header: { msg_type: 'execute_reply' },
      result_content: { status: 'error', ename: 'EngineError' },
      result_metadata: { pxlab: { death: { signal: 'SIGKILL' } } },
    },
  });
  expect(book.status('e0')).toMatchObject({ queue: [], completedCount: 0 });
});

test('a reply that nobody asked for changes nothing', () => {
  book.answered(reply(request('ghost')), at);

  expect(book.records.size).toBe(0);
  expect(book.status('e0').completedCount).toBe(0);
});

test('an engine that is not registered is an IndexError', async () => {
  await expect(ask('queue', { targets: [9] })).rejects.toMatchObject({ name: 'IndexError' });
});

test('history names requests by their time', async () => {
  for (const [id, date] of [
    ['late', '2026-01-01T00:00:00.000002Z'],
    ['early', '2026-01-01T01:00:00.000001+01:00'],
  ] as const) {
    const message = request(id);
    book.requested({ ...message, header: { ...message.header, date } }, { queue: 'task' });
  }

  expect((await ask('history'))?.content).toEqual({ status: 'ok', history: ['early', 'late'] });
});

test('finished requests can be purged, pending ones cannot', async () => {
  const one = request('r1');
  book.requested(one, { queue: 'mux', engineUuid: 'e0' });
  book.requested(request('r2'), { queue: 'mux', engineUuid: 'e0' });
  book.answered(reply(one), at);

  await expect(ask('purge', { msg_ids: ['r2'] })).rejects.toMatchObject({ name: 'IndexError' });
  await ask('purge', { msg_ids: ['forgotten'] });
  await ask('purge', { msg_ids: 'all' });

  expect([...book.records].map(({ id }) => id)).toEqual(['r2']);
});

test('a request that is sent again has a new id, and its record knows it', async () => {
  const one = request('r1', { code: '1' });
  book.requested(one, { queue: 'task' });
  book.assigned('r1', 'e0');
  book.answered(reply(one), at);

  const answer = await ask('resubmit', { msg_ids: ['r1'] });

  const [newId = ''] = [...book.records].map(({ id }) => id).filter((id) => id !== 'r1');
  expect(answer?.content).toEqual({ status: 'ok', resubmitted: { r1: newId } });
  expect(book.records.get(newId)?.request?.content).toEqual({ code: '1' });
  expect(book.records.get(newId)?.request?.metadata).toEqual({});
  expect(book.records.get('r1')?.resubmittedAs).toBe(newId);
});

test('in a group of two languages, a request is sent again to engines of the one that ran it', async () => {
  book.requested(request('r1'), { queue: 'mux', engineUuid: 'e0' });
  const [other, ours] = [
    { id: 1, uuid: 'e1' },
    { id: 2, uuid: 'typescript-e2' },
  ];
  const targetsAmong = async (engines: (typeof engine)[]): Promise<unknown> => {
    await ask('resubmit', { msg_ids: ['r1'] }, engines);
    const id = book.records.get('r1')?.resubmittedAs ?? '';
    return book.records.get(id)?.request?.metadata['targets'];
  };

  expect(await targetsAmong([engine, other, ours])).toEqual(['e0', 'e1']);
  expect(await targetsAmong([ours])).toEqual(['e0']);
});

test('records are found by what a query says of their fields', async () => {
  const one = { ...request('r1', { code: '1' }), metadata: { pxlab: { call: { notebook: 'k' } } } };
  book.requested(one, { queue: 'mux', engineUuid: 'e0' });
  book.answered(reply(one, [Uint8Array.of(1), Uint8Array.of(2)]), at);
  book.requested(request('r2'), { queue: 'task' });
  const find = async (query: JsonObject): Promise<unknown> => {
    const content: JsonObject = { ...(await ask('db', { query, keys: ['msg_id'] }))?.content };
    return content['records'];
  };

  expect(await find({ queue: 'task' })).toEqual([{ msg_id: 'r2' }]);
  expect(await find({ 'metadata.pxlab.call.notebook': 'k' })).toEqual([{ msg_id: 'r1' }]);
  expect(await find({ completed: { $ne: null } })).toEqual([{ msg_id: 'r1' }]);
  expect(await find({ msg_id: { $in: ['r2', 'x'] } })).toEqual([{ msg_id: 'r2' }]);
  expect(await find({ msg_id: { $glob: 'r?' }, engine_uuid: { $exists: true } })).toEqual([
    { msg_id: 'r1' },
  ]);
  expect(await find({ started: { $gt: '2026-01-02T03:04:05.677999Z' } })).toEqual([
    { msg_id: 'r1' },
  ]);
  await expect(find({ msg_id: { $bad: 1 } })).rejects.toThrow("Unknown query operator '$bad'");

  const withBuffers = await ask('db', { query: { msg_id: 'r1' }, keys: ['result_buffers'] });
  expect(withBuffers?.content).toMatchObject({ buffer_lens: null, result_buffer_lens: [2] });
  expect(withBuffers?.buffers).toHaveLength(2);
});
