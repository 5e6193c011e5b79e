import { expect, test } from 'vitest';
import { gatherOutputs, type OutputBody } from '../../../src/client/outputs.js';

const stream = (text: string, name: 'stdout' | 'stderr' = 'stdout'): OutputBody => ({
  type: 'stream',
  name,
  text,
});
const display = (text: string, displayId?: string): OutputBody => ({
  type: 'display',
  data: { 'text/plain': text },
  metadata: {},
  ...(displayId === undefined ? {} : { displayId }),
});

test('text of one stream is joined, the two are kept apart', () => {
  const gathered = gatherOutputs(2, [stream('a'), stream('oh', 'stderr'), stream('b\n')]);

  expect(gathered).toMatchObject({ engineId: 2, stdout: 'ab\n', stderr: 'oh', displays: [] });
});

test.each([
  ['10%\r20%\r30%', '30%'],
  ['a\r\nb', 'a\r\nb'],
  ['kept\n10%\r20%\n', 'kept\n20%\n'],
  ['10%\r', '10%\r'],
])('a carriage return overwrites its line: %j', (text, expected) => {
  expect(gatherOutputs(0, [stream(text)]).stdout).toBe(expected);
});

test('a display is updated in its place', () => {
  const update: OutputBody = {
    type: 'display-update',
    data: { 'text/plain': 'new' },
    metadata: {},
    displayId: 'x',
  };
  const { displays } = gatherOutputs(0, [display('old', 'x'), display('other'), update]);

  expect(displays.map(({ data }) => data['text/plain'])).toEqual(['new', 'other']);
});

test('clearing forgets what was shown, at once or when the next output comes', () => {
  const now: OutputBody = { type: 'clear', wait: false };
  const then: OutputBody = { type: 'clear', wait: true };

  expect(gatherOutputs(0, [stream('a'), display('d'), now]).displays).toEqual([]);
  expect(gatherOutputs(0, [stream('a'), then]).stdout).toBe('a');
  expect(gatherOutputs(0, [stream('a'), then, stream('b')]).stdout).toBe('b');
});

test('result, error and the count of what was cut are told', () => {
  const gathered = gatherOutputs(0, [
    { type: 'cut', count: 3, characters: 100 },
    { type: 'result', data: { 'text/plain': '1' }, metadata: {}, executionCount: 4 },
    { type: 'error', name: 'TypeError', message: 'boom', traceback: [] },
  ]);

  expect(gathered).toMatchObject({
    cutCount: 3,
    result: { executionCount: 4 },
    error: { name: 'TypeError' },
  });
});
