import { expect, test } from 'vitest';
import { fuzzEngine } from '../../support/fuzz-engine.js';

test('an engine drops or refuses what is wrong with two thousand messages and works on', async () => {
  const { sent, grownBytes, logLines, answers } = await fuzzEngine({ count: 2000, seed: 7 });

  expect(answers).toBe(true);
  expect(sent).toBeGreaterThanOrEqual(2000);
  expect(grownBytes).toBeLessThan(200e6);
  expect(logLines).toBeLessThan(20);
});
