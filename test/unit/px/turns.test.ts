import { expect, test } from 'vitest';
import { deferred } from '../../../src/base/deferred.js';
import { Turns } from '../../../src/px/turns.js';

test('steps run one after the other, and a failed one does not hold up the next', async () => {
  const turns = new Turns();
  const gate = deferred();
  const log: string[] = [];

  const first = turns.take(async () => {
    await gate.promise;
    log.push('first');
    throw new Error('failed');
  });
  const second = turns.take(() => Promise.resolve(log.push('second')));
  expect(log).toEqual([]);
  gate.resolve();

  await expect(first).rejects.toThrow('failed');
  await second;
  expect(log).toEqual(['first', 'second']);
});
