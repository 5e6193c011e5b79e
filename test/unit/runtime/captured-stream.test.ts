import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { Console } from 'node:console';
import { expect, test } from 'vitest';
import { CapturedStream } from '../../../src/runtime/captured-stream.js';

function captured(): { stream: CapturedStream; text: () => string } {
  let text = '';
  return { stream: new CapturedStream(1, (part) => (text += part)), text: () => text };
}

test('a character in two halves arrives whole', () => {
  const { stream, text } = captured();

  stream.write(Uint8Array.from([0xe2, 0x82]));
  stream.write(Buffer.from([0xac]));

  expect(text()).toBe('€');
});

test('encodings and callbacks are honoured', async () => {
  const { stream, text } = captured();

  await new Promise<void>((resolve) => stream.write('4142', 'hex', () => resolve()));
  await new Promise<void>((resolve) => stream.write('C', () => resolve()));

  expect(text()).toBe('ABC');
});

test('the end of a pipe does not end the stream', async () => {
  const { stream, text } = captured();

  Readable.from(['a', 'b']).pipe(stream, { end: true });
  await new Promise((resolve) => setImmediate(resolve));
  stream.end('c');
  stream.write('d');

  expect(text()).toBe('abcd');
});

test('a console writes to it', () => {
  const { stream, text } = captured();

  new Console(stream).log('%d lines', 2);

  expect(text()).toBe('2 lines\n');
});

test('a pipeline into it completes', async () => {
  const { stream, text } = captured();

  await pipeline(Readable.from(['a', 'b']), stream, { end: false });

  expect(text()).toBe('ab');
});
