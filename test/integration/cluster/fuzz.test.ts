import { expect, test } from 'vitest';
import { fuzzSupervisor } from '../../support/fuzz-supervisor.js';
import { openSandbox } from '../../support/sandbox.js';

test('a supervisor refuses what is wrong with a thousand requests and starts engines afterwards', async () => {
  const sandbox = await openSandbox();
  const outcome = await fuzzSupervisor({ count: 1000, seed: 7 }, sandbox);

  expect(outcome).toMatchObject({ sent: 1000, values: expect.arrayContaining([42]) as unknown[] });
  expect(outcome.grownBytes).toBeLessThan(100e6);
  expect(outcome.logLines).toBeLessThan(100);
  await sandbox.expectNothingLeft();
});
