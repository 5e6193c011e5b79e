import { expect, test } from 'vitest';
import type { PostedEvent } from '../../../src/runtime/output-link.js';
import { OutputQueue } from '../../../src/runtime/output-queue.js';

function stream(
  text: string,
  given: { id?: string; name?: 'stdout' | 'stderr'; end?: number } = {},
): PostedEvent {
  const { id = 'a', name = 'stdout', end = 1 } = given;
  return { event: { kind: 'stream', id, name, text }, end };
}

const settle: PostedEvent = { event: { kind: 'settle' }, end: 9 };

function takeAll(queue: OutputQueue): PostedEvent[] {
  const taken: PostedEvent[] = [];
  for (let next = queue.take(); next; next = queue.take()) taken.push(next);
  return taken;
}

test('what a cell prints in a row leaves as one, at the position of the last', () => {
  const queue = new OutputQueue();
  for (const [end, text] of ['a', 'b', 'c'].entries()) queue.push(stream(text, { end }));

  expect(takeAll(queue)).toEqual([stream('abc', { end: 2 })]);
});

test('another cell, stream or kind of event in between keeps its place', () => {
  const queue = new OutputQueue();
  const events = [
    stream('a'),
    stream('b', { name: 'stderr' }),
    stream('c'),
    stream('d', { id: 'other' }),
    settle,
    stream('e', { id: 'other' }),
  ];
  for (const event of events) queue.push(event);

  expect(takeAll(queue)).toEqual(events);
});

test('no more than 64 Ki characters are merged', () => {
  const queue = new OutputQueue();
  for (let part = 0; part < 5; part++) queue.push(stream('x'.repeat(30_000)));

  const lengths = takeAll(queue).map(({ event }) => event.kind === 'stream' && event.text.length);

  expect(lengths).toEqual([60_000, 60_000, 30_000]);
});

test("the worker's own streams can be taken out of turn, in their order", () => {
  const queue = new OutputQueue();
  const own = (text: string): PostedEvent => ({ ...stream(text), end: undefined });
  for (const event of [stream('a'), own('x'), settle, own('y')]) queue.push(event);

  expect(queue.extractOwn().map(({ text }) => text)).toEqual(['x', 'y']);
  expect(takeAll(queue)).toEqual([stream('a'), settle]);
});

test('order holds over many thousand events', () => {
  const queue = new OutputQueue();
  const numbers: string[] = [];
  for (let number = 0; number < 5000; number++) {
    queue.push(stream(`${number} `, { id: String(number % 2) }));
    if (number % 3 === 0) numbers.push(textOf(queue.take()));
  }
  numbers.push(...takeAll(queue).map(textOf));

  expect(numbers.join('').trim().split(' ').map(Number)).toEqual([...Array(5000).keys()]);
});

function textOf(posted: PostedEvent | undefined): string {
  return posted?.event.kind === 'stream' ? posted.event.text : '';
}
