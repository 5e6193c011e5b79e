import { expect, test } from 'vitest';
import { type StreamChunk, StreamMerger } from '../../../lib/kernel/stream-merger.js';
import { Session } from '../../../lib/wire/message.js';
import { ManualClock } from './manual-clock.js';

const parent = new Session('s', 'u').message({ type: 'execute_request', content: {} }).header;

function setUp(options: { limit?: number } = {}): {
  clock: ManualClock;
  published: StreamChunk[];
  merger: StreamMerger;
} {
  const clock = new ManualClock();
  const published: StreamChunk[] = [];
  const merger = new StreamMerger((chunk) => published.push(chunk), { clock, ...options });
  return { clock, published, merger };
}

test('the first text passes at once, what follows quickly is joined', async () => {
  const { clock, published, merger } = setUp();

  merger.add({ name: 'stdout', text: 'a', parent });
  merger.add({ name: 'stdout', text: 'b', parent });
  merger.add({ name: 'stdout', text: 'c', parent });

  expect(published.map(({ text }) => text)).toEqual(['a']);
  await clock.advance(50);
  expect(published.map(({ text }) => text)).toEqual(['a', 'bc']);
});

test('text after a pause passes at once again', async () => {
  const { clock, published, merger } = setUp();
  merger.add({ name: 'stdout', text: 'a', parent });
  await clock.advance(60);

  merger.add({ name: 'stdout', text: 'b', parent });

  expect(published.map(({ text }) => text)).toEqual(['a', 'b']);
});

test('streams are not mixed and keep their order', () => {
  const { published, merger } = setUp();

  merger.add({ name: 'stdout', text: 'a', parent });
  merger.add({ name: 'stdout', text: 'b', parent });
  merger.add({ name: 'stderr', text: 'c', parent });
  merger.add({ name: 'stderr', text: 'd', parent: undefined });
  merger.flush();

  expect(published.map(({ name, text }) => name + text)).toEqual([
    'stdouta',
    'stdoutb',
    'stderrc',
    'stderrd',
  ]);
});

test('much text does not wait', () => {
  const { published, merger } = setUp({ limit: 10 });
  merger.add({ name: 'stdout', text: 'a', parent });

  merger.add({ name: 'stdout', text: 'b'.repeat(10), parent });

  expect(published).toHaveLength(2);
});
