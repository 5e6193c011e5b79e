import { expect, test } from 'vitest';
import { summaryOf } from '../../../src/client/result-summary.js';

test('a result says in one line how it stands', () => {
  const tasks = (['ok', 'error', 'lost', 'cancelled', 'running', 'queued'] as const).map(
    (status) => ({ status }),
  );

  expect(summaryOf({ tasks, progress: 4, total: 6, elapsedMs: 1250 })).toBe(
    'AsyncResult: 4 of 6 done, 2 failed, 1 cancelled, 1 running, 1 queued, 1.25 s',
  );
  expect(summaryOf({ tasks: [{ status: 'ok' }], progress: 1, total: 1, elapsedMs: 3.4 })).toBe(
    'AsyncResult: 1 of 1 done, 3 ms',
  );
});
