import { expect, test } from 'vitest';
import { mayStrike, type StruckFrame } from '../../../src/runtime/interrupt/may-strike.js';

const at = (elapsedMs: number, ...frames: StruckFrame[]): boolean =>
  mayStrike({ frames, elapsedMs, isParked: false });

test("a cell's code is struck at once, whatever it was called by", () => {
  expect(at(40, 'user')).toBe(true);
  expect(at(40, 'node', 'user', 'node', 'own')).toBe(true);
  expect(at(40, 'library', 'node', 'user')).toBe(true);
});

test('our own code that works for a moment is spared, with the packages it calls', () => {
  expect(at(40, 'own', 'node', 'user')).toBe(false);
  expect(at(40, 'library', 'own', 'user')).toBe(false);
  expect(at(400, 'own', 'user')).toBe(true);
});

test('our own code that waits for the worker is not spared', () => {
  expect(mayStrike({ frames: ['own', 'user'], elapsedMs: 40, isParked: true })).toBe(true);
});

test('a callback of a package alone is struck', () => {
  expect(at(40, 'node', 'library')).toBe(true);
});

test('an empty stack may be a loop that turns: it is struck only after a while', () => {
  expect(at(40)).toBe(false);
  expect(at(40, 'node')).toBe(false);
  expect(at(150)).toBe(true);
});
