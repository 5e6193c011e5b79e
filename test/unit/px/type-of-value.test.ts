import { expect, test } from 'vitest';
import { typeOfValue } from '../../../src/px/type-of-value.js';

test.each([
  [1, 'number'],
  ['a', 'string'],
  [true, 'boolean'],
  [1n, 'bigint'],
  [[1, 2], 'number[]'],
  [['a'], 'string[]'],
  [[1, 'a'], 'any[]'],
  [[], 'any[]'],
  [new Float64Array(2), 'Float64Array'],
  [new Date(0), 'Date'],
  [new Map([[1, 2]]), 'any'],
  [{ a: 1 }, 'any'],
  [null, 'any'],
  [undefined, 'any'],
])('%j is of the type %s', (value, type) => {
  expect(typeOfValue(value)).toBe(type);
});
