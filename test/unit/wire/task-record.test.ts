import { expect, test } from 'vitest';
import {
  followedEntry,
  type FollowedRecord,
  type Output,
  sizeOfOutput,
} from '../../../lib/wire/task-record.js';

function text(text: string, name: 'stdout' | 'stderr' = 'stdout'): Output {
  return { type: 'stream', content: { name, text } };
}

const emptyBytes = sizeOfOutput(text(''));

function followed(outputs: Output[], maxOutputBytes: number): FollowedRecord['pxlab'] {
  const record = { id: '1', outputs, outputBytes: 0, omittedOutputs: 0, omittedBytes: 0 };
  return followedEntry({ ...record, sizeBytes: 0 }, maxOutputBytes).pxlab;
}

test('what fits is told whole', () => {
  const outputs = [text('a\n'), text('b\n', 'stderr')];

  expect(followed(outputs, Infinity)).toMatchObject({ outputs, omittedOutputs: 0 });
  expect(followed(outputs, 200)).toMatchObject({ outputs, omittedOutputs: 0, omittedBytes: 0 });
});

test('of one text that is larger than the room its last lines are told, and that it was cut', () => {
  const lines = Array.from({ length: 100 }, (_, line) => `line ${line}\n`).join('');

  const { outputs, omittedOutputs, omittedBytes } = followed([text(lines)], emptyBytes + 50);

  expect(outputs).toEqual([text('line 94\nline 95\nline 96\nline 97\nline 98\nline 99\n')]);
  expect(omittedOutputs).toBe(1);
  expect(omittedBytes).toBe(sizeOfOutput(text(lines)) - 48);
});

test('a line that is larger than the room ends as it did', () => {
  expect(followed([text(`${'x'.repeat(1000)}end`)], emptyBytes + 10).outputs).toEqual([
    text('xxxxxxxend'),
  ]);
  expect(followed([text(`${'x'.repeat(1000)}end\n`)], emptyBytes + 10).outputs).toEqual([
    text('xxxxxxend\n'),
  ]);
});

test('the text before what fits is told as far as there is room', () => {
  const outputs = [text('gone\n'), text('first\nsecond\n'), text('third\n', 'stderr')];

  const kept = followed(outputs, 2 * emptyBytes + 'second\nthird\n'.length);

  expect(kept.outputs).toEqual([text('second\n'), outputs[2]]);
  expect(kept.omittedOutputs).toBe(2);
});

test('a display that does not fit goes as a whole', () => {
  const display: Output = {
    type: 'display_data',
    content: { data: { 'text/plain': 'x'.repeat(1000) }, metadata: {}, transient: {} },
  };

  expect(followed([display, text('end')], 200)).toMatchObject({
    outputs: [text('end')],
    omittedOutputs: 1,
    omittedBytes: sizeOfOutput(display),
  });
});
