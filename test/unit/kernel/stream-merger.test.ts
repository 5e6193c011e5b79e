import { expect, test } from 'vitest';
import type { Clock } from '../../../lib/base/clock.js';
import { type StreamChunk, StreamMerger } from '../../../lib/kernel/stream-merger.js';
import { Session } from '../../../lib/wire/message.js';

/** A clock that is advanced by hand. */
class ManualClock implements Clock {
  #nowMs = 0;
  readonly #sleepers: { untilMs: number; wake: () => void }[] = [];

  now(): number {
    return this.#nowMs;
  }

  sleep(durationMs: number): Promise<void> {
    return new Promise((wake) => {
      this.#sleepers.push({ untilMs: this.#nowMs + durationMs, wake });
    });
  }

  async advance(durationMs: number): Promise<void> {
    this.#nowMs += durationMs;
    for (const { untilMs, wake } of this.#sleepers) if (untilMs <= this.#nowMs) wake();
    await Promise.resolve();
    await Promise.resolve();
  }
}

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
