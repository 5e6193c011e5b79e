import { expect, test } from 'vitest';
import { fuzzClient } from '../../support/fuzz-client.js';

test('a client settles its calls and works on while three thousand messages have something wrong in them', async () => {
  const { sent, grownBytes, logLines, strays, answers } = await fuzzClient({
    count: 3000,
    seed: 7,
  });

  expect(strays).toEqual([]);
  expect(answers).toBe(true);
  expect(sent).toBeGreaterThanOrEqual(3000);
  expect(grownBytes).toBeLessThan(100e6);
  expect(logLines).toBeLessThan(50);
});
