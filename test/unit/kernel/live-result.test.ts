import { expect, test } from 'vitest';
import { showLive } from '../../../src/kernel/live-result.js';
import { answeredResult } from '../../support/answered-result.js';

interface Shown {
  readonly type: string;
  readonly id: string;
  readonly text: string;
}

function page(): { shown: Shown[]; output: Parameters<typeof showLive>[1] } {
  const shown: Shown[] = [];
  const message: Parameters<typeof showLive>[1]['message'] = ({ type, content }) => {
    const { data, transient } = content as {
      data: Record<string, string>;
      transient: { display_id: string };
    };
    shown.push({ type, id: transient.display_id, text: data['text/plain'] ?? '' });
  };
  return { shown, output: { message } };
}

test('a result under way shows a bar that grows in place, then what it came to', async () => {
  const { result, clock, finish, fail } = answeredResult(2);
  const { shown, output } = page();

  await showLive(result, output, { cellId: 'c', clock });
  await clock.advance(500);
  finish(0);
  await clock.advance(500);
  fail(1, new Error('<bad>'));
  await result.settled;
  await clock.advance(500);

  const head = 'of 2 tasks done. Await it for its value.';
  expect(shown.map(({ text }) => text)).toEqual([
    `AsyncResult: 0 ${head}\n${'░'.repeat(20)} 0/2 tasks · 0 s`,
    `AsyncResult: 1 ${head}\n${'█'.repeat(10)}${'░'.repeat(10)} 1/2 tasks · 1 s`,
    'AsyncResult: 1 of 2 tasks failed in 1.00 s: <bad>',
  ]);
  expect(shown.map(({ type }) => type)).toEqual([
    ...['display_data', 'update_display_data', 'update_display_data'],
  ]);
  expect(new Set(shown.map(({ id }) => id)).size).toBe(1);
});

test('a result that is there shows what it came to, once', async () => {
  const { result, clock, finish } = answeredResult(1);
  const { shown, output } = page();
  finish(0);

  await showLive(result, output, { cellId: 'c', clock });

  expect(shown.map(({ text }) => text)).toEqual(['AsyncResult: 1 task done in 0.00 s.']);
});
