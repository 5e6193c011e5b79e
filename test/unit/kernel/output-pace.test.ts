import { expect, test } from 'vitest';
import { OutputPace } from '../../../lib/kernel/output-pace.js';
import { ManualClock } from './manual-clock.js';

const limits = { bytesPerSecond: 100, burstBytes: 1000 };

async function isSettled(promise: Promise<void>): Promise<boolean> {
  return Promise.race([promise.then(() => true), Promise.resolve().then(() => false)]);
}

test('a burst passes at once, more waits for its time', async () => {
  const clock = new ManualClock();
  const pace = new OutputPace(limits, clock);
  await pace.take(1000);

  const next = pace.take(200);

  await clock.advance(1900);
  expect(await isSettled(next)).toBe(false);
  await clock.advance(100);
  await next;
});

test('credit comes back with time, up to the burst', async () => {
  const clock = new ManualClock();
  const pace = new OutputPace(limits, clock);
  await pace.take(1000);
  await clock.advance(60_000);

  await pace.take(1000);
  const next = pace.take(1);

  expect(await isSettled(next)).toBe(false);
});

test('in a hurry nothing waits, afterwards it does again', async () => {
  const clock = new ManualClock();
  const pace = new OutputPace(limits, clock);
  await pace.take(1000);
  const waiting = pace.take(500);

  pace.hurry();

  await waiting;
  await pace.take(500);
  pace.resume();
  expect(await isSettled(pace.take(1))).toBe(false);
});
