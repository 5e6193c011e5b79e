import { expect, test } from 'vitest';
import type { Output, OutputBody } from '../../../src/client/outputs.js';
import type { DisplayOptions, MagicOutput } from '../../../src/magics/magic-output.js';
import { OutputsDisplay } from '../../../src/magics/outputs-display.js';
import { ManualClock } from '../../support/manual-clock.js';

type Shown = readonly [string, unknown, (DisplayOptions | undefined)?];

function page(showsErrors = true): {
  display: OutputsDisplay;
  shown: Shown[];
  clock: ManualClock;
} {
  const shown: Shown[] = [];
  const clock = new ManualClock();
  const output: MagicOutput = {
    stream: (name, text) => shown.push([name, text]),
    display: (data, options) => shown.push(['display', data, options]),
  };
  return { display: new OutputsDisplay(output, { clock, showsErrors }), shown, clock };
}

/** The texts of what was displayed. */
function plain(shown: readonly Shown[]): unknown[] {
  return shown.map(([, data]) => (data as Record<string, unknown>)['text/plain']);
}

function from(engineId: number, body: OutputBody): Output {
  return { ...body, engineId, messageId: `m${engineId}` };
}

const result = (text: string, more: object = {}): OutputBody => ({
  type: 'result',
  data: { 'text/plain': text, ...more },
  metadata: {},
  executionCount: 5,
});

const failure = (message: string): OutputBody => ({
  type: 'error',
  name: 'TypeError',
  message,
  traceback: [`TypeError: ${message}`, '    at Cell [3]:2:7'],
});

test('results are shown at the end, in the order of the engines, as one text and one table', () => {
  const { display, shown } = page();

  display.show(from(2, result('4')));
  display.show(from(0, result('0')));
  display.show(from(1, result('a\nb')));
  expect(shown).toEqual([]);
  display.finish([0, 1, 2, 3]);

  expect(plain(shown)).toEqual(['Out[0:5]: 0\nOut[1:5]:\na\nb\nOut[2:5]: 4']);
  expect(JSON.stringify(shown)).toContain('<pre>a\\nb</pre>');
});

test('results that are alike are folded, whatever stands between them', () => {
  const { display, shown } = page();

  for (const id of [0, 1, 2, 4, 7]) display.show(from(id, result('4')));
  display.show(from(3, result('<b>')));
  display.finish([0, 1, 2, 3, 4, 7]);

  expect(plain(shown)).toEqual(['Out[0-2,4,7:5]: 4\nOut[3:5]: <b>']);
  expect(JSON.stringify(shown)).toContain('<pre>&lt;b&gt;</pre>');
});

test('a rich result keeps its bundle, below its label', () => {
  const { display, shown } = page();
  const html = { 'text/html': '<b>1</b>' };

  display.show(from(0, result('0')));
  display.show(from(1, result('1', html)));
  display.show(from(3, result('1', html)));
  display.show(from(2, result('2')));
  display.finish([0, 1, 2, 3]);

  expect(plain(shown)).toEqual(['Out[0:5]: 0', 'Out[1,3:5]:', '1', 'Out[2:5]: 2']);
  expect(shown[2]).toEqual(['display', { 'text/plain': '1', ...html }, { metadata: {} }]);
});

test('displays come at once with their engine, after what was printed before them', () => {
  const { display, shown } = page();

  display.show(from(1, { type: 'stream', name: 'stdout', text: 'half a line' }));
  display.show(
    from(1, { type: 'display', data: { 'text/plain': 'x' }, metadata: {}, displayId: 'd' }),
  );
  display.show(
    from(1, { type: 'display-update', data: { 'image/png': 'y' }, metadata: {}, displayId: 'd' }),
  );

  expect(shown).toEqual([
    ['stdout', '[stdout:1] half a line'],
    ['stdout', '\n'],
    ['display', { 'text/plain': '[output:1] x' }, { metadata: {}, update: false, id: 'd' }],
    ['display', { 'image/png': 'y' }, { metadata: {}, update: true, id: 'd' }],
  ]);
});

test('engines that fail alike within a moment are told together, with one stack', async () => {
  const { display, shown, clock } = page();

  display.show(from(0, failure('x is not a function')));
  display.show(from(2, failure('x is not a function')));
  display.show(from(1, failure('x is not a function')));
  display.show(from(3, failure('y is not a function')));
  expect(shown).toEqual([]);
  await clock.advance(1000);
  display.show(from(5, failure('x is not a function')));
  display.finish([0, 1, 2, 3]);

  expect(shown).toEqual([
    ['stderr', '[error:0-2] TypeError: x is not a function\n    at Cell [3]:2:7\n'],
    ['stderr', '[error:3] TypeError: y is not a function\n    at Cell [3]:2:7\n'],
    ['stderr', '[error:5] TypeError: x is not a function\n'],
  ]);
});

test("Python's stacks come without their ruler, below name and message; what Stop ended is no error", () => {
  const { display, shown } = page();
  const python = (name: string, message: string): OutputBody => ({
    ...{ type: 'error', name, message },
    traceback: [
      `\u001b[31m${'-'.repeat(75)}\u001b[39m`,
      `${name}  Traceback`,
      `${name}: ${message}`,
    ],
  });

  display.show(from(0, python('ZeroDivisionError', 'division by zero')));
  display.show(from(1, python('KeyboardInterrupt', '')));
  display.finish([0, 1]);

  expect(shown).toEqual([
    [
      'stderr',
      '[error:0] ZeroDivisionError: division by zero\nZeroDivisionError  Traceback\nZeroDivisionError: division by zero\n',
    ],
  ]);
});

test('of many different errors, four stacks and a hundred lines are shown', () => {
  const { display, shown } = page();

  for (let engine = 0; engine < 1000; engine++)
    display.show(from(engine, failure(`bad ${engine}`)));
  display.finish([]);

  const stacks = shown.filter(([, text]) => String(text).includes('Cell [3]'));
  expect(shown).toHaveLength(101);
  expect(stacks).toHaveLength(4);
  expect(shown.at(-1)).toEqual(['stderr', '[error] … and on 900 more engines.\n']);
});

test('what an engine clears is replaced in place, and what the others show stays', async () => {
  const { display, shown, clock } = page();
  const says = (engineId: number, text: string): void =>
    display.show(from(engineId, { type: 'stream', name: 'stdout', text }));
  const clears = (wait: boolean): void => display.show(from(0, { type: 'clear', wait }));

  says(1, 'stays\n');
  for (let step = 1; step <= 50; step++) {
    clears(true);
    says(0, `step ${step}\n`);
  }
  await clock.advance(100);
  clears(true);
  await clock.advance(100); // nothing is taken away before there is something to show
  says(0, 'last\nline\n');
  display.finish([0, 1]);

  const [, first, second, ...rest] = shown;
  expect(shown[0]).toEqual(['stdout', '[stdout:1] stays\n']);
  expect(plain([first, second].flatMap((each) => (each === undefined ? [] : [each])))).toEqual([
    '[stdout:0] step 50',
    '[stdout:0] last\n[stdout:0] line',
  ]);
  expect(second?.[2]).toMatchObject({ id: first?.[2]?.id, update: true });
  expect(rest).toEqual([]);
});

test('a display is replaced by the one after a clear, and goes when nothing follows', async () => {
  const { display, shown, clock } = page();
  const draws = (data: Record<string, string>): void =>
    display.show(from(0, { type: 'display', data, metadata: {} }));

  draws({ 'text/plain': 'one' });
  display.show(from(0, { type: 'clear', wait: true }));
  draws({ 'text/plain': 'two' });
  await clock.advance(100);
  display.show(from(0, { type: 'clear', wait: false }));
  await clock.advance(100);
  display.finish([0]);

  expect(plain(shown)).toEqual(['[output:0] one', '[output:0] two', '']);
  expect(new Set(shown.map(([, , options]) => options?.id)).size).toBe(1);
});

test('an image is replaced by the next one, below its label', async () => {
  const { display, shown, clock } = page();

  for (const png of ['first', 'second']) {
    display.show(from(0, { type: 'clear', wait: true }));
    display.show(from(0, { type: 'display', data: { 'image/png': png }, metadata: {} }));
    await clock.advance(100);
  }
  display.finish([0]);

  expect(shown.map(([, data, options]) => [data, options?.update ?? false])).toEqual([
    [{ 'text/plain': '[output:0]' }, false],
    [{ 'image/png': 'first' }, false],
    [{ 'image/png': 'second' }, true],
  ]);
});
