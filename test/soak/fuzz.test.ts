import { expect, test } from 'vitest';
import { fuzzController } from '../support/fuzz-controller.js';

test('a controller works on after 200,000 messages with something wrong in them, in bounded memory', async () => {
  const seed = Date.now();
  process.stdout.write(`seed ${seed}\n`);

  const { grownBytes, logLines } = await fuzzController({ count: 200_000, seed });

  expect(grownBytes).toBeLessThan(200e6);
  expect(logLines).toBeLessThan(1000);
});
