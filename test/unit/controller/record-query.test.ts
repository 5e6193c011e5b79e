import { expect, test } from 'vitest';
import { matchingRecords } from '../../../src/controller/record-query.js';
import type { Ok } from '../../../src/wire/contents.js';
import { Session } from '../../../src/wire/message.js';
import type { TaskRecord } from '../../../src/wire/task-record.js';

const session = new Session('client', 'ada');

/** A request that was made at this second of the day, on the engine, if any. */
function record(id: string, seconds: number, engineUuid?: string): TaskRecord {
  const message = session.message({ type: 'execute_request', content: { n: seconds }, id });
  const date = `2026-01-02T03:04:${String(seconds).padStart(2, '0')}.000001Z`;
  const { buffers, content } = message;
  return {
    id,
    request: {
      header: { ...message.header, date },
      ...{ metadata: { label: `label of ${id}` }, content, buffers, queue: 'mux' },
    },
    ...(engineUuid === undefined ? {} : { engineUuid }),
    ...{ outputs: [], outputBytes: 0, omittedOutputs: 0, omittedBytes: 0, sizeBytes: 0 },
  };
}

const records = [record('a-1', 1, 'e0'), record('b-1', 2), record('b-2', 3, 'e1')];

/** Ids of the records that are found. */
function find(query: object): string[] {
  const { content } = matchingRecords(records, { query, keys: ['msg_id'] });
  const { records: found } = content as Ok<{ records: { msg_id: string }[] }>;
  return found.map((each) => each.msg_id);
}

const at2 = '2026-01-02T03:04:02.000001Z';

test.each([
  [{ submitted: { $lt: at2 } }, ['a-1']],
  [{ submitted: { $lte: at2 } }, ['a-1', 'b-1']],
  [{ submitted: { $gt: at2 } }, ['b-2']],
  [{ submitted: { $gte: at2 } }, ['b-1', 'b-2']],
  [{ submitted: { $gt: '2026-01-02T03:04:02.000000Z' } }, ['b-1', 'b-2']],
  [{ submitted: { $gt: '2026-01-02T04:04:02.000001+01:00' } }, ['b-2']],
  [{ submitted: { $gte: at2, $lt: '2026-01-02T03:04:03Z' } }, ['b-1']],
  [{ msg_id: { $eq: 'a-1' } }, ['a-1']],
  [{ msg_id: { $ne: 'a-1' } }, ['b-1', 'b-2']],
  [{ msg_id: { $in: ['a-1', 'b-2', 'x'] } }, ['a-1', 'b-2']],
  [{ msg_id: { $nin: ['a-1', 'b-2'] } }, ['b-1']],
  [{ buffers: { $all: [] } }, ['a-1', 'b-1', 'b-2']],
  [{ buffers: { $all: ['x'] } }, []],
  [{ 'content.n': { $mod: [2, 1] } }, ['a-1', 'b-2']],
  [{ engine_uuid: { $exists: true } }, ['a-1', 'b-2']],
  [{ engine_uuid: { $exists: false } }, ['b-1']],
  [{ completed: { $ne: null } }, []],
  [{ completed: null, engine_uuid: 'e1' }, ['b-2']],
  [{ msg_id: { $glob: 'b*' } }, ['b-1', 'b-2']],
  [{ msg_id: { $glob: '?-1' } }, ['a-1', 'b-1']],
  [{ msg_id: { $glob: '[ac]-1' } }, ['a-1']],
  [{ msg_id: { $glob: '[!a]-[1-9]' } }, ['b-1', 'b-2']],
  [{ msg_id: { $glob: '[a' } }, []],
  [{ engine_uuid: { $glob: '*' } }, ['a-1', 'b-2']],
  [{ label: 'label of b-1', queue: 'mux' }, ['b-1']],
  [{}, ['a-1', 'b-1', 'b-2']],
])('the query %j finds %j', (query, ids) => {
  expect(find(query)).toEqual(ids);
});

test.each(['$bad', 'constructor', 'toString'])('the operator %s is unknown', (operator) => {
  expect(() => find({ msg_id: { [operator]: 1 } })).toThrow(`Unknown query operator '${operator}'`);
});

test('a pattern that is made to take for ever does not', () => {
  const long: TaskRecord = { ...record('x', 1), id: 'a'.repeat(30_000) };
  const query = { msg_id: { $glob: `${'*a'.repeat(30)}b` } };

  expect(matchingRecords([long], { query }).content).toMatchObject({ records: [] });
});
