import { expect, test } from 'vitest';
import { PrefixedLines } from '../../../src/magics/prefixed-lines.js';
import { ManualClock } from '../../support/manual-clock.js';

function page(): { lines: PrefixedLines; clock: ManualClock; text: () => string } {
  const clock = new ManualClock();
  let text = '';
  const lines = new PrefixedLines((_, more) => (text += more), { clock });
  return { lines, clock, text: () => text };
}

test('each line begins with its stream and its engine', () => {
  const { lines, text } = page();

  lines.add(0, 'stdout', 'a\nb\n');
  lines.add(3, 'stderr', 'c\n');

  expect(text()).toBe('[stdout:0] a\n[stdout:0] b\n[stderr:3] c\n');
});

test('a line that comes in pieces stays whole while another engine prints', () => {
  const { lines, text } = page();

  lines.add(0, 'stdout', 'a');
  lines.add(1, 'stdout', 'x\n');
  lines.add(0, 'stdout', 'b\nc\n');

  expect(text()).toBe('[stdout:1] x\n[stdout:0] ab\n[stdout:0] c\n');
});

test('the start of a line is shown after a while, and goes on without a second prefix', async () => {
  const { lines, clock, text } = page();

  lines.add(0, 'stdout', 'work');
  expect(text()).toBe('');
  await clock.advance(250);
  expect(text()).toBe('[stdout:0] work');
  lines.add(0, 'stdout', 'ing\n');

  expect(text()).toBe('[stdout:0] working\n');
});

test('another engine does not write into a line that is open', async () => {
  const { lines, clock, text } = page();

  lines.add(0, 'stdout', 'work');
  await clock.advance(250);
  lines.add(1, 'stdout', 'x\n');
  lines.add(0, 'stdout', 'ing\n');

  expect(text()).toBe('[stdout:0] work\n[stdout:1] x\n[stdout:0] ing\n');
});

test('a progress bar writes over its line and keeps its prefix', async () => {
  const { lines, clock, text } = page();

  lines.add(2, 'stdout', '10%\r20%');
  await clock.advance(250);
  lines.add(2, 'stdout', '\r30%');
  await clock.advance(250);

  expect(text()).toBe('[stdout:2] 10%\r[stdout:2] 20%\r[stdout:2] 30%');
});

test('a line without an end is ended when something else comes', () => {
  const { lines, text } = page();

  lines.add(0, 'stdout', 'no end');
  lines.flush();
  lines.flush();

  expect(text()).toBe('[stdout:0] no end\n');
});

test('empty lines and Windows line ends are lines', () => {
  const { lines, text } = page();

  lines.add(0, 'stdout', 'a\r\n\nb\n');

  expect(text()).toBe('[stdout:0] a\n[stdout:0] \n[stdout:0] b\n');
});

test('the start of a line takes a bounded amount of memory', () => {
  const { lines, text } = page();

  lines.add(0, 'stdout', 'x'.repeat(70_000));
  lines.add(0, 'stdout', 'y\n');

  expect(text()).toBe(`[stdout:0] ${'x'.repeat(70_000)}y\n`);
});

test('8 engines that print 1,000 lines each in random pieces: every line is whole and in order', () => {
  const { lines, text } = page();
  const left = Array.from({ length: 8 }, (_, engine) =>
    Array.from({ length: 1000 }, (_unused, line) => `line ${line} of ${engine}\n`).join(''),
  );
  let state = 7;
  const random = (below: number): number => (state = (state * 48271) % 2147483647) % below;

  while (left.some((rest) => rest !== '')) {
    const engine = random(8);
    const size = random(60);
    lines.add(engine, 'stdout', left[engine]?.slice(0, size) ?? '');
    left[engine] = left[engine]?.slice(size) ?? '';
  }

  const shown = text().trimEnd().split('\n');
  expect(shown).toHaveLength(8000);
  for (let engine = 0; engine < 8; engine++) {
    const own = shown.filter((line) => line.startsWith(`[stdout:${engine}] `));
    expect(own).toEqual(
      Array.from({ length: 1000 }, (_, line) => `[stdout:${engine}] line ${line} of ${engine}`),
    );
  }
});
