import { beforeEach, expect, test } from 'vitest';
import { HubState } from '../../../src/controller/hub-state.js';

let hub: HubState;

beforeEach(() => {
  hub = new HubState({ registrationTimeoutMs: 1000 });
});

function ask(uuid: string, requestedId?: number, nowMs = 0) {
  const instructions = hub.handle({
    type: 'registration-requested',
    uuid,
    requestedId,
    description: undefined,
    nowMs,
  });
  return instructions[0];
}

/** Registers an engine from end to end. @returns its id. */
function register(uuid: string, requestedId?: number): number {
  const answer = ask(uuid, requestedId);
  hub.handle({ type: 'heart-began', uuid });
  return answer?.type === 'accept' ? answer.engine.id : -1;
}

test('ids count up in the order of registration and are never given again', () => {
  expect([register('a'), register('b')]).toEqual([0, 1]);

  hub.handle({ type: 'engine-lost', uuid: 'b', death: { how: 'killed' } });

  expect(register('c')).toBe(2);
  expect(register('b')).toBe(3);
});

test('an id that an engine asks for is granted when nobody ever had it', () => {
  expect(register('a', 5)).toBe(5);
  expect(register('b', 5)).toBe(6);
  expect(register('c', 0)).toBe(0);
  expect(register('d', -1)).toBe(7);
  expect(register('e', 0.5)).toBe(8);
  expect(register('f', Number.MAX_SAFE_INTEGER)).toBe(9);
});

test('an engine is registered at its first heart beat, not when it asks', () => {
  const description = {
    language: 'typescript',
    pid: 1,
    host: 'h',
    node: 'v',
    version: '1',
  } as const;
  hub.handle({
    type: 'registration-requested',
    uuid: 'a',
    requestedId: undefined,
    description,
    nowMs: 0,
  });
  expect(hub.engines.size).toBe(0);

  const began = hub.handle({ type: 'heart-began', uuid: 'a' });

  expect(began).toMatchObject([
    { type: 'announce-registered', engine: { id: 0, uuid: 'a', description } },
  ]);
  expect(hub.byUuid('a')).toEqual({ id: 0, uuid: 'a', description });
  expect(hub.handle({ type: 'heart-began', uuid: 'a' })).toEqual([]);
});

test('a second engine with the uuid of another is refused, registered or not', () => {
  ask('a');
  expect(ask('a')).toMatchObject({ type: 'refuse', reason: "uuid 'a' in use" });

  hub.handle({ type: 'heart-began', uuid: 'a' });

  expect(ask('a')).toMatchObject({ type: 'refuse' });
  expect(hub.engines.size).toBe(1);
});

test('a death is announced once, with what is known of it', () => {
  register('a');
  const death = { how: 'killed', signal: 'SIGKILL' } as const;

  expect(hub.handle({ type: 'engine-lost', uuid: 'a', death })).toEqual([
    { type: 'announce-lost', engine: { id: 0, uuid: 'a', description: undefined }, death },
  ]);
  expect(hub.handle({ type: 'engine-lost', uuid: 'a', death })).toEqual([]);
  expect(hub.engines.size).toBe(0);
});

test('an engine that unregisters by its id has left', () => {
  register('a');

  expect(hub.handle({ type: 'unregistration-requested', id: 0 })).toMatchObject([
    { type: 'announce-lost', death: { how: 'left' } },
  ]);
  expect(hub.handle({ type: 'unregistration-requested', id: 7 })).toEqual([]);
});

test('an engine whose heart never beats is given up after the time for it', () => {
  ask('a', undefined, 0);

  expect(hub.handle({ type: 'time-passed', nowMs: 1000 })).toEqual([]);
  expect(hub.handle({ type: 'time-passed', nowMs: 1001 })).toMatchObject([{ type: 'give-up' }]);
  expect(hub.handle({ type: 'heart-began', uuid: 'a' })).toEqual([]);
  expect(ask('a')).toMatchObject({ type: 'accept', engine: { id: 1 } });
});

test('an engine that dies before its first beat is given up at once, not announced', () => {
  ask('a');

  expect(hub.handle({ type: 'engine-lost', uuid: 'a', death: { how: 'exited' } })).toMatchObject([
    { type: 'give-up', engine: { uuid: 'a' } },
  ]);
});

test('engines of an earlier run are registered under their ids when they answer, and are given up when not', () => {
  const engines = [
    { id: 4, uuid: 'a' },
    { id: 2, uuid: 'b' },
  ];

  const expected = hub.handle({ type: 'restored', roster: { engines, nextId: 9 }, nowMs: 0 });
  const [registered] = hub.handle({ type: 'heart-began', uuid: 'a' });

  expect(expected.map(({ type }) => type)).toEqual(['expect', 'expect']);
  expect(registered).toMatchObject({ type: 'announce-registered', engine: { id: 4, uuid: 'a' } });
  expect(hub.isRestoring).toBe(true);
  expect(['a', 'b', 'c'].map((uuid) => hub.hasOrAwaits(uuid))).toEqual([true, true, false]);
  expect(hub.roster).toEqual({ engines: [engines[1], engines[0]], nextId: 9 });
  expect(hub.handle({ type: 'time-passed', nowMs: 1001 })).toEqual([
    { type: 'give-up', engine: engines[1] },
  ]);
  expect(hub.isRestoring).toBe(false);
  expect(hub.hasOrAwaits('b')).toBe(false);
  expect(hub.roster).toEqual({ engines: [engines[0]], nextId: 9 });
  expect([register('c', 2), register('d')]).toEqual([9, 10]);
});

test('the next id is above those of engines that were restored, whatever the file says', () => {
  hub.handle({
    type: 'restored',
    roster: { engines: [{ id: 5, uuid: 'a' }], nextId: 1 },
    nowMs: 0,
  });

  expect(register('b')).toBe(6);
});

test('an engine that has asked and not answered yet is none to restore', () => {
  ask('a');

  expect(hub.isRestoring).toBe(false);
  expect(hub.roster).toEqual({ engines: [], nextId: 1 });
});
