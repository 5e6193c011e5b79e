import { expect, test } from 'vitest';
import { Namespace } from '../../../src/runtime/namespace.js';

test('names are there, as undefined, before a cell assigns them', () => {
  const namespace = new Namespace();

  namespace.declare(['a', 'toString', '__proto__x']);

  expect(Object.keys(namespace.variables)).toEqual(['a', 'toString', '__proto__x']);
  expect(namespace.variables['a']).toBeUndefined();
  expect(namespace.variables['constructor']).toBeUndefined();
});

test('a name that is declared again keeps its value', () => {
  const namespace = new Namespace();
  namespace.declare(['a']);
  namespace.variables['a'] = 1;

  namespace.declare(['a', 'b']);

  expect(namespace.variables['a']).toBe(1);
});

test('after clear, new cells see nothing and old functions what they saw', () => {
  const namespace = new Namespace();
  namespace.declare(['a']);
  const before = namespace.variables;
  before['a'] = 1;

  namespace.clear();

  expect(Object.keys(namespace.variables)).toEqual([]);
  expect(before['a']).toBe(1);
});
