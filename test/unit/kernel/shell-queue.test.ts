import { expect, test } from 'vitest';
import { ShellQueue } from '../../../lib/kernel/shell-queue.js';

const start = (id: string): object => ({ type: 'start', id });
const abort = (id: string): object => ({ type: 'abort', id });

test('cells run one after the other', () => {
  const queue = new ShellQueue();

  expect(queue.arrived({ id: 'a', turn: 'cell' })).toEqual([start('a')]);
  expect(queue.arrived({ id: 'b', turn: 'cell' })).toEqual([]);
  expect(queue.running).toBe('a');
  expect(queue.finished('a', false)).toEqual([start('b')]);
  expect(queue.running).toBe('b');
  expect(queue.finished('b', false)).toEqual([]);
  expect(queue.running).toBeUndefined();
});

test('a failed cell aborts the cells behind it, and what is no cell goes on', () => {
  const queue = new ShellQueue();
  queue.arrived({ id: 'a', turn: 'cell' });
  queue.arrived({ id: 'b', turn: 'cell' });
  queue.arrived({ id: 'comm', turn: 'ordered' });
  queue.arrived({ id: 'c', turn: 'cell' });

  expect(queue.finished('a', true)).toEqual([abort('b'), abort('c'), start('comm')]);
  expect(queue.arrived({ id: 'd', turn: 'cell' })).toEqual([start('d')]);
});

test('what is asked aside starts while a cell runs', () => {
  const queue = new ShellQueue();
  queue.arrived({ id: 'a', turn: 'cell' });
  queue.arrived({ id: 'b', turn: 'cell' });

  expect(queue.arrived({ id: 'complete', turn: 'aside' })).toEqual([start('complete')]);
  expect(queue.finished('complete', true)).toEqual([]);
  expect(queue.running).toBe('a');
});

test('a message of a comm passes waiting cells, but not the opening of a comm', () => {
  const queue = new ShellQueue();
  queue.arrived({ id: 'a', turn: 'cell' });

  expect(queue.arrived({ id: 'message', turn: 'follows' })).toEqual([start('message')]);
  queue.arrived({ id: 'open', turn: 'ordered' });
  expect(queue.arrived({ id: 'data', turn: 'follows' })).toEqual([]);
  expect(queue.finished('a', false)).toEqual([start('open'), start('data')]);
});
