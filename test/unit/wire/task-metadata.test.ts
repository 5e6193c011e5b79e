import { expect, test } from 'vitest';
import {
  parseTaskMetadata,
  taskAnswerOf,
  taskFailure,
  taskFailureMetadata,
} from '../../../src/wire/task-metadata.js';

const none = { ids: [], all: true, success: true, failure: false };

test('a task without wishes may run anywhere, at once, and once', () => {
  expect(parseTaskMetadata({})).toEqual({
    targets: [],
    after: none,
    follow: none,
    timeoutMs: undefined,
    engineGraceMs: undefined,
    retries: 0,
  });
});

test('how long a task waits for an engine to come is told in seconds, none is a length as well', () => {
  const graces = [60, 0, -1, '5', null].map((grace) => parseTaskMetadata({ engine_grace: grace }));

  expect(graces.map(({ engineGraceMs }) => engineGraceMs)).toEqual([
    60_000,
    0,
    undefined,
    undefined,
    undefined,
  ]);
});

test('the wishes of ipyparallel are read, dependencies in both of their forms', () => {
  const follow = { dependencies: ['b', 'c'], all: false, success: false, failure: true };

  const task = parseTaskMetadata({
    targets: ['e'],
    after: ['a'],
    follow,
    timeout: 1.5,
    retries: 2,
  });

  expect(task).toEqual({
    targets: ['e'],
    after: { ...none, ids: ['a'] },
    follow: { ids: ['b', 'c'], all: false, success: false, failure: true },
    timeoutMs: 1500,
    retries: 2,
  });
});

test('wishes that make no sense are no wishes', () => {
  const wishes = { targets: 7, after: 3, follow: { dependencies: [1] }, timeout: 'x', retries: -1 };

  expect(parseTaskMetadata(wishes)).toEqual(parseTaskMetadata({}));
});

test.each([
  [{ status: 'ok' }, {}, 'ok'],
  [{ status: 'aborted' }, {}, 'aborted'],
  [{ status: 'error' }, { status: 'ok' }, 'error'],
  [{ status: 'error', dependencies_met: false }, {}, 'dependency-unmet'],
  [{}, { status: 'ok' }, 'ok'],
  [{}, {}, 'error'],
])('a reply with metadata %o and content %o is %s', (metadata, content, answer) => {
  expect(taskAnswerOf({ metadata, content })).toBe(answer);
});

test('a failure has the name that Python’s client knows, and our word on the death', () => {
  const death = { how: 'killed', signal: 'SIGKILL' } as const;

  expect(taskFailure('engine-lost', 'e')).toMatchObject({ ename: 'EngineError', traceback: [] });
  expect(taskFailure('withdrawn')).toEqual({ status: 'aborted' });
  expect(taskFailureMetadata('error', { engine: 'e', death })).toEqual({
    status: 'error',
    engine: 'e',
    pxlab: { death },
  });
});
