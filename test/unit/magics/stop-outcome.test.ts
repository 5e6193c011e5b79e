import { expect, test } from 'vitest';
import { stopOutcome } from '../../../src/magics/stop-outcome.js';

test('Stop tells of each engine what it did there', () => {
  const { ename, evalue } = stopOutcome(
    [
      { engineId: 0, outcome: 'stopped' },
      { engineId: 3, outcome: 'blocked' },
    ],
    [
      { engineId: 0, status: 'cancelled' },
      { engineId: 1, status: 'ok' },
      { engineId: 2, status: 'lost' },
      { engineId: 3, status: 'running' },
      { engineId: 4, status: 'cancelled' },
    ],
  );

  expect(ename).toBe('Interrupted');
  expect(evalue).toBe(
    'Stopped on engines 0 and 4; variables are kept. The cell had ended on engine 1. Lost: engine 2. ' +
      'Not stopped: engine 3, blocked in native code. ' +
      'Wait for its end, or await px.restart(3), which starts anew without variables.',
  );
});

test('several blocked engines are restarted together', () => {
  const { evalue } = stopOutcome(
    [
      { engineId: 0, outcome: 'blocked' },
      { engineId: 1, outcome: 'blocked' },
    ],
    [],
  );

  expect(evalue).toContain('px.restart([0, 1])');
});

test('Stop before anything was sent says so', () => {
  expect(stopOutcome([], []).evalue).toBe('Stopped before it was sent.');
});
