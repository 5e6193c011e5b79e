import { expect, test } from 'vitest';
import { StatusHold } from '../../../src/engine/status-hold.js';
import type { Output } from '../../../src/runtime/output-link.js';
import { ManualClock } from '../../support/manual-clock.js';

const status = (state: 'busy' | 'idle', metadata: object): Output => ({
  kind: 'message',
  id: 'a',
  type: 'status',
  content: { execution_state: state },
  metadata: { ...metadata },
});
const whenShown = { pxlab_status: 'when-shown' };
const busy = status('busy', whenShown);
const text: Output = { kind: 'stream', id: 'a', name: 'stdout', text: 'x' };

function hold(): { statuses: StatusHold; sent: Output[]; clock: ManualClock } {
  const sent: Output[] = [];
  const clock = new ManualClock();
  const statuses = new StatusHold((output) => {
    sent.push(output);
    return Promise.resolve();
  }, clock);
  return { statuses, sent, clock };
}

test('of a request that is short and silent nothing is published', async () => {
  const { statuses, sent, clock } = hold();
  await statuses.publish(busy, undefined);
  await statuses.publish(status('idle', whenShown), undefined);
  await clock.advance(1000);

  expect(sent).toEqual([]);
});

test('the first output is told after the busy engine, and the end is told', async () => {
  const { statuses, sent } = hold();
  const idle = status('idle', {});
  for (const output of [busy, text, idle]) await statuses.publish(output, undefined);

  expect(sent).toEqual([busy, text, idle]);
});

test('what takes a while is said to be busy, and its end is told', async () => {
  const { statuses, sent, clock } = hold();
  await statuses.publish(busy, undefined);
  await clock.advance(49);
  expect(sent).toEqual([]);
  await clock.advance(1);
  await new Promise(setImmediate);
  expect(sent).toEqual([busy]);

  const idle = status('idle', whenShown);
  await statuses.publish(idle, undefined);
  expect(sent).toEqual([busy, idle]);
});

test('an end that must be told comes after its beginning', async () => {
  const { statuses, sent } = hold();
  const idle = status('idle', {});
  await statuses.publish(busy, undefined);
  await statuses.publish(idle, undefined);

  expect(sent).toEqual([busy, idle]);
});

test('status of other requests, and of other clients, is published at once', async () => {
  const { statuses, sent } = hold();
  const other = status('busy', { engine: 'e' });
  await statuses.publish(other, undefined);

  expect(sent).toEqual([other]);
});
