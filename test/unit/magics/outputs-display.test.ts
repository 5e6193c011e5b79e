import { expect, test } from 'vitest';
import type { Output, OutputBody } from '../../../src/client/outputs.js';
import type { DisplayOptions, MagicOutput } from '../../../src/magics/magic-output.js';
import { OutputsDisplay } from '../../../src/magics/outputs-display.js';
import { ManualClock } from '../../support/manual-clock.js';

type Shown = readonly [string, unknown, (DisplayOptions | undefined)?];

function page(showsErrors = true): { display: OutputsDisplay; shown: Shown[] } {
  const shown: Shown[] = [];
  const output: MagicOutput = {
    stream: (name, text) => shown.push([name, text]),
    display: (data, options) => shown.push(['display', data, options]),
  };
  return { display: new OutputsDisplay(output, { clock: new ManualClock(), showsErrors }), shown };
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

test('results are shown at the end, in the order of the engines, as one text', () => {
  const { display, shown } = page();

  display.show(from(2, result('4')));
  display.show(from(0, result('0')));
  display.show(from(1, result('a\nb')));
  expect(shown).toEqual([]);
  display.finish([0, 1, 2, 3]);

  expect(shown).toEqual([
    ['display', { 'text/plain': 'Out[0:5]: 0\nOut[1:5]:\na\nb\nOut[2:5]: 4' }, undefined],
  ]);
});

test('a rich result keeps its bundle, below its label', () => {
  const { display, shown } = page();
  const html = { 'text/html': '<b>1</b>' };

  display.show(from(0, result('0')));
  display.show(from(1, result('1', html)));
  display.show(from(2, result('2')));
  display.finish([0, 1, 2]);

  expect(shown).toEqual([
    ['display', { 'text/plain': 'Out[0:5]: 0\nOut[1:5]:' }, undefined],
    ['display', { 'text/plain': '1', ...html }, { metadata: {} }],
    ['display', { 'text/plain': 'Out[2:5]: 2' }, undefined],
  ]);
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

test('an error is shown with its stack once, then as one line for each engine', () => {
  const { display, shown } = page();

  display.show(from(0, failure('x is not a function')));
  display.show(from(1, failure('x is not a function')));
  display.show(from(2, failure('y is not a function')));

  expect(shown).toEqual([
    ['stderr', '[error:0] TypeError: x is not a function\n[error:0]     at Cell [3]:2:7\n'],
    ['stderr', '[error:1] TypeError: x is not a function\n'],
    ['stderr', '[error:2] TypeError: y is not a function\n[error:2]     at Cell [3]:2:7\n'],
  ]);
});

test('of many different errors, four stacks are shown', () => {
  const { display, shown } = page();

  for (let engine = 0; engine < 6; engine++) display.show(from(engine, failure(`bad ${engine}`)));

  const stacks = shown.filter(([, text]) => String(text).includes('Cell [3]'));
  expect(shown).toHaveLength(6);
  expect(stacks).toHaveLength(4);
});
