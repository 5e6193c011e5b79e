import { expect, test } from 'vitest';
import { MinHeap } from '../../../src/base/min-heap.js';

test('items come out by their number, whatever the order in which they went in', () => {
  const heap = new MinHeap<number>();
  const numbers = Array.from({ length: 1000 }, (_, index) => (index * 7919) % 1009);

  for (const [index, number] of numbers.entries()) heap.push(number, index);
  const taken = numbers.map(() => numbers[heap.pop() ?? -1]);

  expect(taken).toEqual([...numbers].sort((a, b) => a - b));
  expect(heap.pop()).toBeUndefined();
});

test('taking and adding may alternate', () => {
  const heap = new MinHeap<string>();
  heap.push(2, 'b');
  heap.push(1, 'a');

  expect(heap.pop()).toBe('a');
  heap.push(0, 'first');
  heap.push(3, 'c');

  expect([heap.pop(), heap.pop(), heap.pop(), heap.pop()]).toEqual(['first', 'b', 'c', undefined]);
});
