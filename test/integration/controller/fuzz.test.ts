import { expect, test } from 'vitest';
import { fuzzController } from '../../support/fuzz-controller.js';

test('a controller drops what is wrong with two thousand messages, half of them signed, and works on', async () => {
  const { grownBytes, logLines } = await fuzzController({ count: 2000, seed: 7 });

  expect(grownBytes).toBeLessThan(50e6);
  expect(logLines).toBeLessThan(200);
});
