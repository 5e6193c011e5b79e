import { describe, expect, test } from 'vitest';
import type { OutputBody } from '../../../src/client/outputs.js';
import {
  type OutstandingEvent,
  type OutstandingInstruction,
  OutstandingState,
} from '../../../src/client/outstanding-state.js';
import { okReply } from './replies.js';

const death = { how: 'killed', signal: 'SIGKILL' } as const;
const output: OutputBody = { type: 'stream', name: 'stdout', text: 'hello' };
const reply = okReply();

const sent: OutstandingEvent = { type: 'sent', id: 'a', engineUuid: 'e0', hasOutputs: true };
const started: OutstandingEvent = { type: 'started', id: 'a', engineId: 0 };
const shown: OutstandingEvent = { type: 'output', id: 'a', output };
const idle: OutstandingEvent = { type: 'idle', id: 'a' };
const replied: OutstandingEvent = { type: 'replied', id: 'a', reply };
const lost: OutstandingEvent = { type: 'engine-lost', engineUuid: 'e0', death };

/** What the last of `events` leads to. */
function lastOf(...events: OutstandingEvent[]): OutstandingInstruction[] {
  const state = new OutstandingState();
  return events.map((event) => state.handle(event)).at(-1) ?? [];
}

const finished = { type: 'finish', id: 'a', ending: { type: 'replied', reply } };

describe('a request that shows outputs', () => {
  test('is finished by its reply and the end of its outputs, in either order', () => {
    expect(lastOf(sent, started, replied, idle)).toEqual([finished]);
    expect(lastOf(sent, started, idle, replied)).toEqual([finished]);
  });

  test('still gets the outputs between its reply and their end', () => {
    expect(lastOf(sent, started, replied)).toEqual([{ type: 'await-idle', id: 'a' }]);
    expect(lastOf(sent, started, replied, shown)).toEqual([
      { type: 'append-output', id: 'a', output },
    ]);
  });

  test('is finished by its reply alone when the end of the outputs is overdue', () => {
    expect(lastOf(sent, replied, { type: 'idle-overdue', id: 'a' })).toEqual([finished]);
  });

  test('that was tried again is finished by the outputs of the engine that answered', () => {
    const answered: OutstandingEvent = { ...replied, reply: okReply({ engineId: 1 }) };
    const firstTry: OutstandingEvent = { ...idle, engineId: 0 };

    expect(lastOf(sent, started, firstTry, answered)).toEqual([{ type: 'await-idle', id: 'a' }]);
    expect(lastOf(sent, answered, firstTry)).toEqual([]);
    expect(lastOf(sent, firstTry, answered, { ...idle, engineId: 1 })).toMatchObject([
      { type: 'finish', id: 'a' },
    ]);
  });

  test('is not finished by an end that is called overdue before there is a reply', () => {
    expect(lastOf(sent, { type: 'idle-overdue', id: 'a' })).toEqual([]);
  });

  test('does not wait for outputs of an answer that no engine gave', () => {
    const refused = { ...reply, status: 'error', isFromEngine: false } as const;
    expect(lastOf(sent, { type: 'replied', id: 'a', reply: refused })).toEqual([
      { type: 'finish', id: 'a', ending: { type: 'replied', reply: refused } },
    ]);
  });

  test('does not wait for outputs when the engine says that there were none', () => {
    const silent = { ...reply, isSilent: true };
    expect(lastOf(sent, { type: 'replied', id: 'a', reply: silent })).toEqual([
      { type: 'finish', id: 'a', ending: { type: 'replied', reply: silent } },
    ]);
  });

  test('tells which engine began it', () => {
    expect(lastOf(sent, started)).toEqual([{ type: 'mark-running', id: 'a', engineId: 0 }]);
  });
});

test('a request without outputs is finished by its reply', () => {
  expect(lastOf({ ...sent, hasOutputs: false }, replied)).toEqual([finished]);
});

describe('the loss of an engine', () => {
  const ending = (wasRunning: boolean): OutstandingInstruction[] => [
    { type: 'finish', id: 'a', ending: { type: 'engine-lost', death, wasRunning } },
  ];

  test('fails what waited there and what ran there, and tells which', () => {
    expect(lastOf(sent, lost)).toEqual(ending(false));
    expect(lastOf(sent, started, lost)).toEqual(ending(true));
    expect(lastOf(sent, started, shown, lost)).toEqual(ending(true));
  });

  test('fails what was said to be idle but not answered', () => {
    expect(lastOf(sent, started, idle, lost)).toEqual(ending(true));
  });

  test('leaves a request its reply when only the end of the outputs is missing', () => {
    expect(lastOf(sent, started, replied, lost)).toEqual([finished]);
  });

  test('leaves requests of other engines and of schedulers alone', () => {
    expect(lastOf({ ...sent, engineUuid: 'e1' }, lost)).toEqual([]);
    expect(lastOf({ ...sent, engineUuid: undefined }, lost)).toEqual([]);
  });

  test('fails every request that the engine had', () => {
    const second = { ...sent, id: 'b' };
    expect(lastOf(sent, second, lost).map(({ id }) => id)).toEqual(['a', 'b']);
  });
});

describe('messages about requests that are not outstanding', () => {
  test.each([started, shown, idle, replied])('$type of an unknown request is ignored', (event) => {
    expect(lastOf(event)).toEqual([]);
  });

  test.each([shown, idle, replied, lost])('$type after the end is ignored', (event) => {
    expect(lastOf(sent, replied, idle, event)).toEqual([]);
  });
});

test('a request that nobody waits for any more fails with the reason', () => {
  const reason = new Error('given up');

  expect(lastOf(sent, started, { type: 'abandoned', id: 'a', reason })).toEqual([
    { type: 'finish', id: 'a', ending: { type: 'failed', reason } },
  ]);
});

test('the end of the connection fails everything, and nothing is kept', () => {
  const state = new OutstandingState();
  for (const id of ['a', 'b']) state.handle({ ...sent, id });
  const reason = new Error('gone');

  const instructions = state.handle({ type: 'connection-lost', reason });

  expect(instructions.map(({ id }) => id)).toEqual(['a', 'b']);
  expect(state.size).toBe(0);
});

test('nothing is kept of requests that were answered', () => {
  const state = new OutstandingState();
  for (let index = 0; index < 1000; index += 1) {
    const id = `request ${index}`;
    state.handle({ ...sent, id });
    state.handle({ type: 'idle', id });
    state.handle({ type: 'replied', id, reply });
  }

  expect(state.size).toBe(0);
});
