import { describe, expect, test } from 'vitest';
import { charactersOf } from '../../../src/client/outputs.js';
import { readEngines, readNotice, readQueueStatus } from '../../../src/client/read-hub.js';
import { readOutput } from '../../../src/client/read-output.js';
import { readRecord } from '../../../src/client/read-record.js';
import { errorOf, readReply } from '../../../src/client/task-reply.js';
import { type JsonObject, Session } from '../../../src/wire/message.js';

/** What no field should be. */
const oddities: readonly unknown[] = [null, 7, -1, 0.5, true, [], {}, [null], { toString: 1 }];

describe('a client reads, where fields have the wrong type,', () => {
  test('the engines that are well described', () => {
    expect(readEngines({ engines: { 0: 'a', 1: 7, x: 'b', __proto__: 'c' }, pxlab: 7 })).toEqual([
      { id: 0, uuid: 'a', description: undefined },
    ]);
    for (const odd of oddities) expect(readEngines({ engines: odd, pxlab: odd })).toEqual([]);
  });

  test('no engine in a notification that names none', () => {
    for (const odd of oddities) {
      const malformed = expect.objectContaining({ code: 'MALFORMED_MESSAGE' }) as Error;
      expect(() => readNotice({ id: 0, uuid: odd })).toThrow(malformed);
      expect(() => readNotice({ id: odd === 7 ? null : odd, uuid: 'a' })).toThrow(malformed);
    }
    expect(readNotice({ id: 0, uuid: 'a', pxlab: { death: { how: 'eaten' } } })).toMatchObject({
      death: { how: 'left' },
    });
  });

  test('queues of nothing', () => {
    for (const odd of [null, 'x', { queue: -1, completed: 'x', tasks: null }]) {
      expect(readQueueStatus({ 0: odd, unassigned: odd })).toEqual({
        engines: [{ engineId: 0, queued: 0, completed: 0, tasks: 0 }],
        unassigned: 0,
      });
    }
  });

  test('outputs that can be shown', () => {
    const types = ['stream', 'display_data', 'execute_result', 'error', 'clear_output'];
    for (const odd of oddities) {
      for (const type of types) {
        const fields = ['name', 'text', 'data', 'metadata', 'transient', 'ename', 'traceback'];
        const content = Object.fromEntries(fields.map((field) => [field, odd]));
        const output = readOutput(type, content);
        expect(output && charactersOf(output)).toBeLessThan(100);
      }
    }
    expect(readOutput('constructor', {})).toBeUndefined();
  });

  test('replies that are errors to tell', () => {
    for (const odd of oddities) {
      const metadata = { engine: odd, started: odd, pxlab: { declarations: odd, death: odd } };
      const content = {
        status: 'error',
        ename: odd,
        evalue: odd,
        traceback: odd,
        engine_info: odd,
      };
      const reply = readReply({ header: { date: '' }, metadata, content, buffers: [] });

      expect(reply).toMatchObject({ engineUuid: undefined, engineId: undefined, status: 'error' });
      expect(errorOf(reply, 2).message).toBe('[engine 2] Error: ');
    }
  });

  test('records with nothing in them', () => {
    for (const odd of [7, 'x', [], [7]]) {
      const names = ['header', 'metadata', 'io', 'pxlab', 'result_header', 'result_content'];
      const entry: JsonObject = Object.fromEntries(names.map((name) => [name, odd]));
      const content = { a: entry, completed: ['a'] };
      const answer = new Session().message<JsonObject>({ type: 'result_reply', content });

      expect(readRecord(answer, 'a')).toMatchObject({
        metadata: {},
        outputs: [],
        engineId: undefined,
      });
    }
  });
});
