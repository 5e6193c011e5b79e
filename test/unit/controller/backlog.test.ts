import { expect, test } from 'vitest';
import { Backlog } from '../../../src/controller/backlog.js';
import { Line } from '../../../src/controller/line.js';

function unexpected(error: unknown): void {
  throw error;
}

test('what was put off is done in order, at the latest when it is asked for', () => {
  const backlog = new Backlog(unexpected);
  const done: number[] = [];
  for (const job of [1, 2, 3]) backlog.push(() => done.push(job));
  expect(done).toEqual([]);

  backlog.drain();

  expect(done).toEqual([1, 2, 3]);
});

test('a backlog that is full does its work before it takes more', () => {
  const backlog = new Backlog(unexpected, { maxJobs: 2 });
  const done: number[] = [];

  for (const job of [1, 2, 3]) backlog.push(() => done.push(job));

  expect(done[0]).toBe(1);
  backlog.drain();
  expect(done).toEqual([1, 2, 3]);
});

test('a backlog that holds too much does its work at once', () => {
  const backlog = new Backlog(unexpected, { maxBytes: 100 });
  const done: number[] = [];

  backlog.push(() => done.push(1), 60);
  backlog.push(() => done.push(2), 40);
  expect(done).toEqual([]);
  backlog.push(() => done.push(3), 1);
  expect(done).toEqual([1, 2, 3]);
  backlog.push(() => done.push(4), 100);
  expect(done).toEqual([1, 2, 3]);
});

test('a job that throws is told of, and the others are done', () => {
  const errors: unknown[] = [];
  const done: number[] = [];
  const backlog = new Backlog((error) => errors.push(error));
  backlog.push(() => {
    throw new Error('bad message');
  });
  backlog.push(() => done.push(2));

  backlog.drain();

  expect(errors).toEqual([new Error('bad message')]);
  expect(done).toEqual([2]);
});

test('items leave a line from anywhere, and the rest keeps its order', () => {
  const line = new Line<number>();
  for (let item = 0; item < 500; item += 1) line.push(String(item), item);

  for (let item = 0; item < 500; item += 1) if (item % 7 !== 0) line.delete(String(item));
  line.push('0', 0);

  const expected = Array.from({ length: 72 }, (_, index) => index * 7);
  expect([...line]).toEqual([...expected.slice(1), 0]);
  expect(line.size).toBe(72);
});
