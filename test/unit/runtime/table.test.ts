import { expect, test } from 'vitest';
import { tableBundle } from '../../../src/runtime/table.js';

test('objects become rows, with a column for each key that occurs', () => {
  expect(tableBundle([{ a: 1, b: 'x' }, { c: 2 }])['text/plain']).toBe('a  b  c\n1  x\n      2');
});

test('HTML is escaped', () => {
  expect(tableBundle([{ '<a>': '<b>&' }])['text/html']).toContain('>&lt;b&gt;&amp;</td>');
});

test('columns of text stand at the left, numbers where the notebook puts them', () => {
  const html = String(tableBundle([{ name: 'x', size: 1 }, { size: 2 }])['text/html']);

  expect(html).toContain(
    '<th style="text-align:left">name</th><th>size</th></tr></thead>' +
      '<tbody><tr><td style="text-align:left">x</td><td>1</td></tr>' +
      '<tr><td style="text-align:left"></td><td>2</td></tr>',
  );
});

test('what is cut is said', () => {
  const rows = Array.from({ length: 100 }, (_, row) => ({ row, other: 1 }));

  const bundle = tableBundle(rows, { maxRows: 3, maxColumns: 1 });

  expect(bundle['text/plain']).toBe('row\n0\n1\n2\n… 97 more rows, 1 more columns');
});
