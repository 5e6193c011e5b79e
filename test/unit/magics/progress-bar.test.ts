import { expect, test } from 'vitest';
import type { DisplayOptions, MagicOutput } from '../../../src/magics/magic-output.js';
import { ProgressBar } from '../../../src/magics/progress-bar.js';
import { ManualClock } from '../../support/manual-clock.js';

function page(): { output: MagicOutput; shown: [string, DisplayOptions | undefined][] } {
  const shown: [string, DisplayOptions | undefined][] = [];
  const output: MagicOutput = {
    stream: () => undefined,
    display: (data, options) => shown.push([String(data['text/plain']), options]),
  };
  return { output, shown };
}

test('a bar comes after its time, changes in place when there is something new, and ends with a remark', async () => {
  const clock = new ManualClock();
  const over = new AbortController();
  const { output, shown } = page();
  const source = { progress: 0, total: 4, elapsedMs: 0 };
  const bar = new ProgressBar(source, output, { noun: 'engines' });

  const running = bar.run({ afterMs: 2000, clock, signal: over.signal });
  await clock.advance(1999);
  expect(shown).toEqual([]);
  Object.assign(source, { progress: 3, elapsedMs: 2000 });
  await clock.advance(1);
  await clock.advance(200);
  expect(shown).toHaveLength(1); // nothing new, nothing sent
  Object.assign(source, { elapsedMs: 12_900 });
  await clock.advance(200);
  Object.assign(source, { progress: 4 });
  over.abort();
  await running;
  bar.finish('1 failed');

  const half = '█'.repeat(15) + '░'.repeat(5);
  expect(shown.map(([text]) => text)).toEqual([
    `${half} 3/4 engines · 2 s`,
    `${half} 3/4 engines · 12 s`,
    `${'█'.repeat(20)} 4/4 engines · 12 s · 1 failed`,
  ]);
  expect(shown.map(([, options]) => options?.update)).toEqual([false, true, true]);
  expect(new Set(shown.map(([, options]) => options?.id)).size).toBe(1);
});

test('a bar that never came has no end either', async () => {
  const { output, shown } = page();
  const bar = new ProgressBar({ progress: 1, total: 1, elapsedMs: 0 }, output, { noun: 'tasks' });

  await bar.run({
    afterMs: Infinity,
    clock: new ManualClock(),
    signal: new AbortController().signal,
  });
  bar.finish('');

  expect(shown).toEqual([]);
});
