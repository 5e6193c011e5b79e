import { expect, test } from 'vitest';
import { completenessOf } from '../../../src/compiler/completeness.js';

const cases: [code: string, status: string, indent: string][] = [
  ['const a = 1', 'complete', ''],
  ['', 'complete', ''],
  ['function f() {', 'incomplete', '  '],
  ['if (a) {\n  g(', 'incomplete', '    '],
  ['const a =', 'incomplete', ''],
  ['`open', 'incomplete', ''],
  ['/* open', 'incomplete', ''],
  ['await fetch("x")', 'complete', ''],
  ['const x: number[] = [', 'incomplete', '  '],
  ['const = 1', 'invalid', ''],
  ['function f() {\n\n', 'complete', ''],
  ['for await (const x of y) {', 'incomplete', '  '],
];

test.each(cases)('%j is %s', (code, status, indent) => {
  expect(completenessOf(code)).toEqual({ status, indent });
});
