import { beforeEach, expect, test } from 'vitest';
import { BroadcastState } from '../../../src/controller/broadcast-state.js';

let state: BroadcastState;

beforeEach(() => {
  state = new BroadcastState();
  for (const engine of ['a', 'b', 'c']) state.handle({ type: 'engine-registered', engine });
});

const request = (engines: string[], isCoalescing: boolean) =>
  state.handle({ type: 'requested', id: 'r', engines, isCoalescing });
const answer = (engine: string, isCoalescing: boolean) =>
  state.handle({ type: 'answered', id: 'r', engine, isCoalescing });

test('each target that is there gets a copy', () => {
  expect(request(['a', 'c', 'gone'], false)).toEqual([
    { type: 'send-copy', id: 'r', engine: 'a' },
    { type: 'send-copy', id: 'r', engine: 'c' },
  ]);
});

test('replies pass one by one', () => {
  request(['a', 'b'], false);

  expect(answer('b', false)).toEqual([{ type: 'relay-reply' }]);
});

test('replies of a coalescing request become one, in the order of the targets', () => {
  request(['c', 'a'], true);

  expect(answer('a', true)).toEqual([{ type: 'keep-reply', id: 'r', engine: 'a' }]);
  expect(answer('a', true)).toEqual([]);
  expect(answer('c', true)).toEqual([
    { type: 'keep-reply', id: 'r', engine: 'c' },
    { type: 'send-merged', id: 'r', engines: ['c', 'a'] },
  ]);
});

test('without the part of an engine that died there is no merged reply', () => {
  request(['a', 'b', 'c'], true);
  answer('a', true);

  expect(state.handle({ type: 'engine-lost', engine: 'b' })).toEqual([{ type: 'forget', id: 'r' }]);
  expect(answer('c', true)).toEqual([]);
});

test('an engine that dies after it answered is not missed', () => {
  request(['a', 'b'], true);
  answer('a', true);

  expect(state.handle({ type: 'engine-lost', engine: 'a' })).toEqual([]);
  expect(answer('b', true)).toEqual([
    { type: 'keep-reply', id: 'r', engine: 'b' },
    { type: 'send-merged', id: 'r', engines: ['a', 'b'] },
  ]);
});

test('nor is there one when an engine was gone before the request came', () => {
  expect(request(['a', 'gone'], true)).toEqual([{ type: 'send-copy', id: 'r', engine: 'a' }]);
  expect(answer('a', true)).toEqual([]);
});

test('a copy that was lost on the way fails the whole of a coalescing request, once', () => {
  request(['a', 'b', 'c'], true);
  answer('a', true);
  const lose = (engine: string) => state.handle({ type: 'copy-lost', id: 'r', engine });

  expect(lose('a')).toEqual([]);
  expect(lose('b')).toEqual([{ type: 'fail', id: 'r' }]);
  expect(lose('c')).toEqual([]);
  expect(answer('c', true)).toEqual([]);
});
