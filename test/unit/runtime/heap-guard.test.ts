import { expect, test } from 'vitest';
import { HeapGuard } from '../../../src/runtime/interrupt/heap-guard.js';
import { ManualClock } from '../../support/manual-clock.js';

const heapLimitBytes = 4096 * 1024 ** 2;

function watched(): {
  clock: ManualClock;
  asked: number[];
  world: { mib: number; isBusy: boolean };
} {
  const clock = new ManualClock();
  const asked: number[] = [];
  const world = { mib: 100, isBusy: true };
  const relieve = (): Promise<void> => Promise.resolve(void asked.push(clock.now()));
  const guard = new HeapGuard({
    main: { heapLimitBytes, relieve },
    isBusy: () => world.isBusy,
    residentBytes: () => world.mib * 1024 ** 2,
    clock,
  });
  guard.begin();
  guard.begin(); // it watches already
  return { clock, asked, world };
}

async function pass(clock: ManualClock, durationMs: number): Promise<void> {
  for (let passedMs = 0; passedMs < durationMs; passedMs += 10) {
    await clock.advance(10);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  }
}

test('while the process is small, main is not asked', async () => {
  const { clock, asked } = watched();

  await pass(clock, 2000);

  expect(asked).toEqual([]);
});

test('once it is large, main is asked twenty times a second', async () => {
  const { clock, asked, world } = watched();
  world.mib = 3500;

  await pass(clock, 1000);

  expect(asked[0]).toBe(250);
  expect(asked).toHaveLength(16);
});

test('when nothing runs it rests', async () => {
  const { clock, asked, world } = watched();
  world.mib = 3500;
  world.isBusy = false;

  await pass(clock, 250);
  world.isBusy = true;
  await pass(clock, 1000);

  expect(asked).toEqual([]);
});
