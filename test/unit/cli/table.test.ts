import { expect, test } from 'vitest';
import { type Column, table } from '../../../lib/cli/table.js';

interface Row {
  readonly id: number;
  readonly host: string;
  readonly state: string;
}

const columns: readonly Column<Row>[] = [
  { head: 'ID', cell: ({ id }) => String(id), isNumber: true },
  { head: 'HOST', cell: ({ host }) => host, shrinkTo: 4, dispensable: 1 },
  { head: 'STATE', cell: ({ state }) => state },
];
const rows: readonly Row[] = [
  { id: 1, host: 'lovelace.example.org', state: 'idle' },
  { id: 10, host: 'babbage', state: 'busy' },
];

function lines(width: number, cells: readonly Row[] = rows): string[] {
  return table(columns, cells, { width }).split('\n');
}

test('columns are as wide as their longest cell, numbers to the right', () => {
  expect(lines(Infinity)).toEqual([
    'ID  HOST                  STATE',
    ' 1  lovelace.example.org  idle',
    '10  babbage               busy',
  ]);
});

test('a text that may be shortened gives way first', () => {
  expect(lines(20)).toEqual(['ID  HOST       STATE', ' 1  lovelace…  idle', '10  babbage    busy']);
});

test('then a column is left out, and at last lines are cut', () => {
  expect(lines(12)).toEqual(['ID  STATE', ' 1  idle', '10  busy']);
  expect(lines(6)).toEqual(['ID  S…', ' 1  i…', '10  b…']);
});

test('a cell stays in its line, whatever is in it, and characters of two code units are whole', () => {
  const strange = { id: 2, host: 'a\nb\u001b[31m\tc', state: '😀😀😀😀' };

  expect(lines(Infinity, [strange])[1]).toBe(' 2  a b [31m c  😀😀😀😀');
  expect(lines(8, [strange])[1]).toBe(' 2  😀😀😀…');
});

test('without rows there is the head', () => {
  expect(lines(Infinity, [])).toEqual(['ID  HOST  STATE']);
});
