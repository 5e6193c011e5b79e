import { expect, test } from 'vitest';
import {
  mayStrike,
  type StrikeSituation,
  type StruckFrame,
} from '../../../src/runtime/interrupt/may-strike.js';

function may(frames: StruckFrame[], given: Partial<StrikeSituation> = {}): boolean {
  return mayStrike({
    frames,
    elapsedMs: 40,
    isParked: false,
    isCellRunning: true,
    emptyStacks: 0,
    ...given,
  });
}

test("a cell's code is struck at once, whatever it was called by", () => {
  expect(may(['user'])).toBe(true);
  expect(may(['node', 'user', 'node', 'own'])).toBe(true);
  expect(may(['library', 'node', 'user'])).toBe(true);
});

test('our own code that works for a moment is spared, with the packages it calls', () => {
  expect(may(['own', 'node', 'user'])).toBe(false);
  expect(may(['library', 'own', 'user'])).toBe(false);
  expect(may(['own', 'user'], { elapsedMs: 400 })).toBe(true);
});

test('our own code that no cell has to do with is spared however long it takes', () => {
  expect(may(['own', 'node'], { elapsedMs: 1900 })).toBe(false);
});

test('our own code that waits for the worker in a print of the user is not spared', () => {
  expect(may(['own', 'user'], { isParked: true })).toBe(true);
  expect(may(['own'], { isParked: true })).toBe(false);
});

test('a callback of a package alone is struck', () => {
  expect(may(['node', 'library'])).toBe(true);
});

test('an empty stack may be a loop that turns: it is struck when the loop was seen not to turn', () => {
  expect(may([])).toBe(false);
  expect(may(['node'], { emptyStacks: 4 })).toBe(false);
  expect(may([], { emptyStacks: 5 })).toBe(true);
  expect(may([], { emptyStacks: 50, isCellRunning: false })).toBe(false);
});
