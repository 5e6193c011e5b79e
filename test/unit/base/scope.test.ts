import { expect, test } from 'vitest';
import { Scope } from '../../../src/base/scope.js';

test('a scope closes in the reverse order of opening', async () => {
  const closed: string[] = [];
  const scope = new Scope();
  scope.use({ close: () => void closed.push('first') });
  scope.use({ close: () => Promise.resolve().then(() => void closed.push('second')) });

  await scope.close();

  expect(closed).toEqual(['second', 'first']);
});

test('every step of the closing runs, and what failed is reported together', async () => {
  const closed: string[] = [];
  const scope = new Scope();
  scope.onClose(() => void closed.push('last'));
  scope.onClose(() => {
    throw new Error('stuck');
  });

  await expect(scope.close()).rejects.toThrow(AggregateError);
  expect(closed).toEqual(['last']);
});

test('closing twice is closing once', async () => {
  let count = 0;
  const scope = new Scope();
  scope.onClose(() => {
    count += 1;
  });

  await Promise.all([scope.close(), scope.close()]);

  expect(count).toBe(1);
});
