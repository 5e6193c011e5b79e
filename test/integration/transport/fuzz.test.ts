import { expect, test } from 'vitest';
import { fuzzCodec } from '../../support/fuzz-codec.js';

test('5,000 messages with something wrong in them are refused with errors of ours, or read', async () => {
  const { accepted, faults } = await fuzzCodec({ count: 5000, seed: 7 });

  expect(faults).toEqual([]);
  expect(accepted).toBeGreaterThan(500); // what was recorded differs a little between runs
});
