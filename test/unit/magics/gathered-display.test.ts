import { expect, test } from 'vitest';
import type { EngineOutputs } from '../../../src/client/outputs.js';
import { showGathered } from '../../../src/magics/gathered-display.js';
import type { MagicOutput } from '../../../src/magics/magic-output.js';

function page(): { output: MagicOutput; shown: string[]; html: string[] } {
  const shown: string[] = [];
  const html: string[] = [];
  const output: MagicOutput = {
    stream: (name, text) => shown.push(`${name}: ${text}`),
    display: (data) => {
      shown.push(String(data['text/plain']));
      html.push(JSON.stringify(data['text/html'] ?? '').replaceAll('\\n', '\n'));
    },
  };
  return { output, shown, html };
}

function outputsOf(engineId: number, more: Partial<EngineOutputs> = {}): EngineOutputs {
  return { engineId, stdout: '', stderr: '', displays: [], cutCount: 0, ...more };
}

const resultOf = (text: string): Pick<EngineOutputs, 'result'> => ({
  result: { type: 'result', data: { 'text/plain': text }, metadata: {}, executionCount: 1 },
});

const errorOf = (message: string): Pick<EngineOutputs, 'error'> => ({
  error: { type: 'error', name: 'Error', message, traceback: [`Error: ${message}`, 'Cell [1]:1'] },
});

test('engines that showed nothing take no room', () => {
  const { output, shown } = page();

  showGathered([outputsOf(0), outputsOf(1)], output, { grouping: 'type', showsErrors: true });

  expect(shown).toEqual([]);
});

test('a display that only some engines have is shown in its place', () => {
  const { output, shown } = page();
  const displays = (...texts: string[]): Pick<EngineOutputs, 'displays'> => ({
    displays: texts.map((text) => ({
      type: 'display',
      data: { 'text/plain': text },
      metadata: {},
    })),
  });

  showGathered(
    [outputsOf(0, displays('a1')), outputsOf(1, displays('b1', 'b2', 'b3')), outputsOf(2)],
    output,
    { grouping: 'order', showsErrors: true },
  );

  expect(shown).toEqual(['[output:0] a1', '[output:1] b1', '[output:1] b2', '[output:1] b3']);
});

test('errors that are alike are one row, escaped, with the stack folded when it is long', () => {
  const { output, shown, html } = page();

  showGathered(
    [
      outputsOf(0, errorOf('<a>')),
      outputsOf(1),
      outputsOf(2, errorOf('<a>')),
      outputsOf(3, errorOf('b')),
    ],
    output,
    { grouping: 'type', showsErrors: true },
  );

  expect(shown).toEqual(['[error:0,2] Error: <a>\nCell [1]:1\n[error:3] Error: b\nCell [1]:1']);
  expect(html.join()).toContain('<pre>Error: &lt;a&gt;\nCell [1]:1</pre>');
  expect(html.join()).not.toMatch(/<script|<a>/);
});

test('long texts and many rows are folded, with tags that sanitizers keep', () => {
  const { output, html } = page();
  const long = Array.from({ length: 40 }, (_, line) => `<script>line ${line}</script>`).join('\n');
  const engines = Array.from({ length: 30 }, (_, id) => outputsOf(id, resultOf(`${id}${long}`)));

  showGathered([...engines, outputsOf(30, errorOf(long))], output, {
    ...{ grouping: 'type', showsErrors: true },
  });

  const tags = new Set(html.join('').match(/(?<=<\/?)[a-z]+/g));
  // What GitHub keeps: https://github.com/gjtorikian/html-pipeline, SanitizationFilter
  expect([...tags].sort()).toEqual([
    ...['code', 'details', 'pre', 'summary', 'table', 'tbody', 'td', 'tr'],
  ]);
  expect(html.join('')).toContain('<summary>10 more</summary>');
  expect(html.join('')).toContain('&lt;script&gt;line 1&lt;/script&gt;');
});

test('what was cut is told', () => {
  const { output, shown } = page();

  showGathered([outputsOf(0, { cutCount: 7 })], output, { grouping: 'type', showsErrors: true });

  expect(shown).toEqual(['stderr: [error:0] 7 outputs were cut: there were too many to keep.\n']);
});

test.each(['type', 'order', 'engine'] as const)(
  'ten thousand engines grouped by %s make a page of bounded size',
  (grouping) => {
    const { output, shown, html } = page();
    const engines = Array.from({ length: 10_000 }, (_, id) =>
      outputsOf(id, id % 2 === 0 ? resultOf(`${id} ${'x'.repeat(5000)}`) : errorOf(`bad ${id}`)),
    );

    showGathered(engines, output, { grouping, showsErrors: true });

    expect(shown.length).toBeLessThan(500);
    expect(shown.join('').length).toBeLessThan(2_500_000);
    expect(html.join('').length).toBeLessThan(3_000_000);
    expect(shown.join('')).toMatch(/… \d+ more/);
  },
);

test('ten thousand engines with the same result are one line', () => {
  const { output, shown } = page();
  const engines = Array.from({ length: 10_000 }, (_, id) => outputsOf(id, resultOf('4')));

  showGathered(engines, output, { grouping: 'type', showsErrors: true });

  expect(shown).toEqual(['Out[0-9999:1]: 4']);
});
