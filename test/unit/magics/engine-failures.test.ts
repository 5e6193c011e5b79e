import { expect, test } from 'vitest';
import {
  CancelledError,
  EngineLostError,
  RemoteError,
  TimeoutError,
} from '../../../src/client/errors.js';
import type { Settled } from '../../../src/client/task.js';
import { shownError, summarize } from '../../../src/magics/engine-failures.js';

const fine = (engineId: number): Settled<unknown> => ({
  status: 'fulfilled',
  engineId,
  value: undefined,
});
const failed = (engineId: number, reason: unknown): Settled<unknown> => ({
  status: 'rejected',
  engineId,
  reason,
});
const remote = (engineId: number, evalue: string): Settled<unknown> =>
  failed(
    engineId,
    new RemoteError({ ename: 'TypeError', evalue, traceback: ['a', 'b'] }, engineId),
  );

test('nothing is said of engines that did well', () => {
  expect(summarize([fine(0), fine(1)])).toBeUndefined();
});

test('engines that failed of the same are named together', () => {
  expect(summarize([remote(0, 'x'), fine(1), remote(2, 'x'), remote(3, 'y')])).toEqual({
    ename: 'CompositeError',
    evalue: '3 of 4 engines failed. Engines 0 and 2: TypeError: x …',
    traceback: [
      'CompositeError: 3 of 4 engines failed.',
      'Engines 0 and 2: TypeError: x',
      'Engine 3: TypeError: y',
    ],
  });
});

test('many different errors are counted beyond the fourth', () => {
  const { evalue, traceback } =
    summarize([0, 1, 2, 3, 4, 5].map((id) => remote(id, `x${id}`))) ?? {};

  expect(evalue).toBe('All 6 engines failed. Engine 0: TypeError: x0 …');
  expect(traceback).toHaveLength(6);
  expect(traceback?.at(-1)).toBe('… and 2 other errors.');
});

test('a lost engine and a stopped one say what became of them', () => {
  const lost = new EngineLostError(1, { how: 'killed', signal: 'SIGKILL' }, true);
  const { traceback } =
    summarize([fine(0), failed(1, lost), failed(2, new CancelledError(true, [2]))]) ?? {};

  expect(traceback?.[1]).toBe('Engine 1: was killed by SIGKILL');
  expect(traceback?.[2]).toBe('Engine 2: stopped');
});

test('the error of a single engine keeps its name and its stack', () => {
  expect(summarize([remote(3, 'x')])).toEqual({
    ename: 'TypeError',
    evalue: '[engine 3] x',
    traceback: ['a', 'b'],
  });
});

test('anything else that was thrown is shown by its name and message', () => {
  expect(shownError(new TimeoutError('too long'))).toEqual({
    ename: 'TimeoutError',
    evalue: 'too long',
    traceback: ['TimeoutError: too long'],
  });
  expect(shownError('text')).toMatchObject({ ename: 'Error', evalue: 'text' });
});
