import { expect, test } from 'vitest';
import { displaySymbol, mimeBundle, normalBundle } from '../../../src/runtime/mime-bundle.js';

const png = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1];

test('every value has a text', () => {
  class Point {
    x = 1;
  }
  expect(mimeBundle(new Map([['a', { b: [1] }]]))).toEqual({
    'text/plain': "Map(1) { 'a' => { b: [ 1 ] } }",
  });
  expect(mimeBundle(new Point())).toEqual({ 'text/plain': 'Point { x: 1 }' });
  expect(mimeBundle('text')).toEqual({ 'text/plain': "'text'" });
});

test('a long array says what it does not show', async () => {
  const bundle = await mimeBundle(Array.from({ length: 1000 }, () => 1));

  expect(bundle['text/plain']).toContain('800 more items');
});

test('bytes that begin like an image are one, in base64', () => {
  expect(mimeBundle(Buffer.from(png))).toMatchObject({
    'image/png': Buffer.from(png).toString('base64'),
  });
  expect(mimeBundle(Uint8Array.from(png).subarray(0, 8))).toHaveProperty(['image/png']);
  expect(mimeBundle(Buffer.from(' <svg></svg>'))).toMatchObject({
    'image/svg+xml': ' <svg></svg>',
  });
  expect(mimeBundle(Buffer.from('text'))).not.toHaveProperty(['image/png']);
});

test('a value shows itself by the convention of Deno, and has a text beside it', async () => {
  const now = { [displaySymbol]: () => ({ 'text/html': '<b>' }) };
  const later = { [displaySymbol]: () => Promise.resolve({ 'text/plain': 'own' }) };

  expect(mimeBundle(now)).toMatchObject({
    'text/html': '<b>',
    'text/plain': expect.any(String) as string,
  });
  expect(await mimeBundle(later)).toEqual({ 'text/plain': 'own' });
});

test('an array of plain objects is a table too, and says what it cuts; other arrays are text', () => {
  const rows = Array.from({ length: 60 }, (_, index) => ({ id: index, name: `<n${index}>` }));
  const bundle = mimeBundle(rows);

  expect(bundle).toMatchObject({
    'text/html': expect.stringMatching(
      /^<table>.*<td>49<\/td><td style="text-align:left">&lt;n49&gt;<.*… 10 more rows/,
    ) as unknown,
    'text/plain': expect.stringMatching(/^\[\n {2}\{ id: 0, name: '<n0>' \}/) as unknown,
  });
  let isRead = false;
  const withGetter = {
    get a() {
      return (isRead = true);
    },
  };
  for (const value of [
    [],
    [1, { a: 1 }],
    [new Map()],
    [[1], [2]],
    [{ f: () => 1 }],
    [withGetter],
  ]) {
    expect(mimeBundle(value)).not.toHaveProperty(['text/html']);
  }
  expect(isRead).toBe(false);
  expect(mimeBundle(rows, { hasTables: false })).not.toHaveProperty(['text/html']);
});

test('a bundle carries text as text, bytes as base64 and the rest as plain data', () => {
  const bundle = normalBundle({
    'text/html': Buffer.from('<b>'),
    'image/png': Uint8Array.from([1, 2, 3]),
    'application/json': { a: new Date(0), f: () => 1 },
    'text/latex': undefined,
  });

  expect(bundle).toEqual({
    'text/html': '<b>',
    'image/png': 'AQID',
    'application/json': { a: '1970-01-01T00:00:00.000Z' },
  });
});
