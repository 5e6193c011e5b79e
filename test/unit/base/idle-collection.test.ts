import { expect, test } from 'vitest';
import { IdleCollection } from '../../../src/base/idle-collection.js';

const mib = 2 ** 20;

/** A thread whose heap, and whose time, are in the test's hands. Sizes are in MiB. */
class Thread {
  used = 100;
  buffers = 0;
  taken = 110;
  /** What a collection leaves of `used`, `buffers` and `taken`. */
  left: readonly (readonly [used: number, buffers: number, taken: number])[] = [];
  collections = 0;
  tidied = 0;
  isIdle = true;
  readonly collection: IdleCollection;
  #timer: (() => void) | undefined;

  constructor(limits: { pressing?: number; largest?: number } = {}) {
    const { pressing = Infinity, largest = Infinity } = limits;
    this.collection = new IdleCollection({
      worthBytes: mib,
      pressingBytes: pressing * mib,
      largestBytes: largest * mib,
      isIdle: () => this.isIdle,
      tidyUp: () => (this.tidied += 1),
      heap: () => ({
        usedBytes: this.used * mib,
        buffersBytes: this.buffers * mib,
        takenBytes: this.taken * mib,
      }),
      collect: () => {
        const [next, ...later] = this.left;
        if (next !== undefined) [this.used, this.buffers, this.taken] = next;
        this.left = later;
        this.collections += 1;
      },
      after: (...[, action]) => {
        this.#timer = action;
        return () => (this.#timer = undefined);
      },
    });
  }

  /** Makes garbage, as a cell does. */
  work(garbage: number, kind: 'used' | 'buffers' | 'taken' = 'used'): void {
    this[kind] += garbage;
    this.collection.postpone();
  }

  /** Does nothing until nothing is to be done any more. */
  rest(): void {
    for (let timer = this.#timer; timer !== undefined; timer = this.#timer) {
      this.#timer = undefined;
      timer();
    }
  }
}

/** One that has rested once. */
function rested(limits: { pressing?: number; largest?: number } = {}): Thread {
  const thread = new Thread(limits);
  thread.left = [
    [80, 0, 90],
    [80, 0, 90],
  ];
  thread.work(0);
  thread.rest();
  thread.collections = 0;
  return thread;
}

test('the first rest collects whatever is there, as long as the heap shrinks by it', () => {
  const thread = new Thread();
  thread.left = [
    [90, 0, 110],
    [85, 0, 100],
    [80, 0, 91],
    [80, 0, 90],
  ];

  thread.work(0);
  thread.rest();

  expect(thread.collections).toBe(4);
  expect(thread.tidied).toBe(1);
});

test('while somebody works nothing is collected', () => {
  const thread = rested();

  for (let cell = 0; cell < 100; cell += 1) thread.work(10);

  expect(thread.collections).toBe(0);
});

test('a rest after little garbage collects nothing', () => {
  const thread = rested();

  thread.work(0.9);
  thread.rest();

  expect(thread.collections).toBe(0);
});

test.each(['used', 'buffers'] as const)('a rest after enough garbage collects it (%s)', (kind) => {
  const thread = rested();

  thread.work(1, kind);
  thread.rest();

  expect(thread.collections).toBe(2);
});

test('a rest gives back the room that was taken for little garbage', () => {
  const thread = rested();

  thread.work(1, 'taken');
  thread.rest();

  expect(thread.collections).toBe(2);
});

test('room that is in use now is not looked at again', () => {
  const thread = rested();
  thread.work(20, 'taken');
  thread.rest();
  thread.collections = 0;

  thread.work(0.1);
  thread.rest();

  expect(thread.collections).toBe(0);
});

test('garbage that presses is collected while somebody works, once', () => {
  const thread = rested({ pressing: 4 });

  thread.work(3.9);
  expect(thread.collections).toBe(0);
  thread.left = [[81, 0, 95]];
  thread.work(0.1);
  thread.work(0.1);

  expect(thread.collections).toBe(1);
});

test('a large heap, and a thread that is busy without a word, are left alone', () => {
  const large = new Thread({ largest: 99 });
  large.work(0);
  large.rest();
  const busy = new Thread();
  busy.isIdle = false;
  busy.work(0);
  busy.rest();

  expect([large.collections, busy.collections]).toEqual([0, 0]);
});
