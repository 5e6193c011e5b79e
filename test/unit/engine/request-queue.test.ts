import { expect, test } from 'vitest';
import { RequestQueue } from '../../../src/engine/request-queue.js';

const request = (...ids: string[]) => ({ ids });

test('requests leave in the order in which they came', () => {
  const queue = new RequestQueue();
  queue.push(request('a'));
  queue.push(request('b'));

  expect([queue.take(), queue.take(), queue.take()]).toEqual([
    request('a'),
    request('b'),
    undefined,
  ]);
});

test('an abort takes out what it names and leaves the rest', () => {
  const queue = new RequestQueue();
  for (const id of ['a', 'b', 'c']) queue.push(request(id));

  expect(queue.abort(['b'])).toEqual([request('b')]);
  expect([queue.take(), queue.take(), queue.take()]).toEqual([
    request('a'),
    request('c'),
    undefined,
  ]);
});

test('an abort without ids takes out all that waits, and nothing that comes later', () => {
  const queue = new RequestQueue();
  queue.push(request('a'));
  queue.push(request('b'));

  expect(queue.abort([])).toEqual([request('a'), request('b')]);
  expect(queue.isEmpty).toBe(true);
  expect(queue.push(request('c'))).toBe(true);
});

test('an abort that overtakes its request still meets it, once', () => {
  const queue = new RequestQueue();
  queue.abort(['late']);

  expect(queue.push(request('late'))).toBe(false);
  expect(queue.push(request('late'))).toBe(true);
});

test('a broadcast request is aborted by the id that its client gave', () => {
  const queue = new RequestQueue();
  queue.push(request('a_engine', 'a'));

  expect(queue.abort(['a'])).toHaveLength(1);
});

test('ids of requests that never come are forgotten, the oldest first', () => {
  const queue = new RequestQueue();
  queue.abort(['first']);
  queue.abort(Array.from({ length: 10_000 }, (_, index) => `id-${index}`));

  expect(queue.push(request('first'))).toBe(true);
  expect(queue.push(request('id-9999'))).toBe(false);
});
