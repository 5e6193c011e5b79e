import { expect, test } from 'vitest';
import { typeOfValue } from '../../../src/px/type-of-value.js';

test.each([
  ['number', 1],
  ['string', 'a'],
  ['boolean', true],
  ['bigint', 1n],
  ['number[]', [1, 2]],
  ['string[]', ['a']],
  ['any[]', [1, 'a']],
  ['any[]', []],
  ['Float64Array', new Float64Array(2)],
  ['Date', new Date(0)],
  ['any', new Map([[1, 2]])],
  ['any', { a: 1 }],
  ['any', null],
  ['any', undefined],
])('a value of the type %s', (type, value) => {
  expect(typeOfValue(value)).toBe(type);
});
