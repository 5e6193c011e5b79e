import { expect, test } from 'vitest';
import { follow } from '../../../src/magics/follow.js';
import type { MagicOutput } from '../../../src/magics/magic-output.js';
import { type AnsweredResult, answeredResult } from '../../support/answered-result.js';

function page(): { output: MagicOutput; shown: string[] } {
  const shown: string[] = [];
  return {
    shown,
    output: {
      stream: (name, text) => shown.push(`${name}: ${text}`),
      display: (data) => shown.push(String(data['text/plain'])),
    },
  };
}

const how = {
  ...{ grouping: undefined, progressAfterMs: Infinity, signalOnInterrupt: 'SIGINT' as const },
};

function following(
  { result, clock }: AnsweredResult,
  options: Partial<Parameters<typeof follow>[1]> = {},
): { shown: string[]; stop: AbortController; ended: ReturnType<typeof follow> } {
  const { output, shown } = page();
  const stop = new AbortController();
  const context = { output, signal: stop.signal, clock, client: undefined };
  return { shown, stop, ended: follow(result, { ...how, ...options }, context) };
}

test('ten thousand engines that print, fail and end make a page of bounded size', async () => {
  const count = 10_000;
  const engines = answeredResult(count);
  const { shown, ended } = following(engines);

  for (let id = 0; id < count; id++) {
    engines.show(id, { type: 'stream', name: 'stdout', text: `hello ${id}\n` });
  }
  for (let id = 0; id < count; id++) {
    const [name, message] = ['RangeError', `odd ${id % 4}`];
    if (id % 2 === 0) {
      const data = { 'text/plain': '4' };
      engines.show(id, { type: 'result', data, metadata: {}, executionCount: 1 });
      engines.finish(id);
    } else {
      engines.show(id, { type: 'error', name, message, traceback: [`${name}: ${message}`] });
      engines.fail(id, new RangeError(message));
    }
  }
  const error = await ended;

  expect(shown.filter((each) => each.startsWith('stdout:'))).toHaveLength(count);
  const rest = shown.filter((each) => !each.startsWith('stdout:'));
  expect(rest).toHaveLength(3);
  expect(rest.join('').length).toBeLessThan(1000);
  expect(error?.evalue).toMatch(
    /^5000 of 10000 engines failed\. 2500 engines \(1,5,9,.*…\): odd 1 …$/,
  );
});

test('a bar says how many failed', async () => {
  const engines = answeredResult(2);
  const { shown, ended } = following(engines, { progressAfterMs: 0 });

  engines.finish(0);
  engines.fail(1, new Error('x'));
  await ended;

  expect(shown.filter((each) => each.includes('engines ·'))).toEqual([
    `${'░'.repeat(20)} 0/2 engines · 0 s`,
    `${'█'.repeat(20)} 2/2 engines · 0 s · 1 failed`,
  ]);
});

test('with `none`, Stop ends the following at once and leaves the result alone', async () => {
  const engines = answeredResult(2);
  const { shown, stop, ended } = following(engines, {
    ...{ signalOnInterrupt: 'none', grouping: 'type', progressAfterMs: 0 },
  });
  engines.show(0, { type: 'stream', name: 'stdout', text: 'so far\n' });

  stop.abort();
  const error = await ended;

  expect(error?.evalue).toContain('Stopped waiting. The cell goes on on engines 0 and 1');
  expect(shown).toContain('stdout: [stdout:0] so far\n');
  expect(shown).toContain(`${'░'.repeat(20)} 0/2 engines · 0 s · stopped`);
  expect(engines.result.done).toBe(false);
});
