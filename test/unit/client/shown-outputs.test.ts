import { expect, test } from 'vitest';
import type { OutputBody } from '../../../src/client/outputs.js';
import { ShownOutputs } from '../../../src/client/shown-outputs.js';

const text = (value: string, name: 'stdout' | 'stderr' = 'stdout'): OutputBody => ({
  ...{ type: 'stream', name, text: value },
});
const display = (value: string): OutputBody => ({
  ...{ type: 'display', data: { 'text/plain': value }, metadata: {} },
});

test('of a record that begins with what was shown, the rest is new', () => {
  const shown = new ShownOutputs([text('ab'), text('c'), display('1'), text('!', 'stderr')]);

  const fresh = shown.newIn([
    ...[text('abcd'), display('1'), text('!', 'stderr'), display('2'), text('e')],
    text('?', 'stderr'),
  ]);

  expect(fresh).toEqual([text('d'), display('2'), text('e'), text('?', 'stderr')]);
});

test('nothing is new when all was shown', () => {
  expect(new ShownOutputs([text('ab')]).newIn([text('a'), text('b')])).toEqual([]);
});

test('where something was forgotten, what is new cannot be told', () => {
  const cut: OutputBody = { type: 'cut', count: 3, characters: 30 };

  expect(new ShownOutputs([cut, text('ab')]).newIn([text('abc')])).toEqual([]);
  expect(new ShownOutputs([text('ab')]).newIn([cut, text('abc')])).toEqual([]);
});
