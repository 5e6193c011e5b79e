import { expect, test } from 'vitest';
import { SessionHistory } from '../../../lib/kernel/session-history.js';
import { readHistory } from '../../../lib/wire/jupyter.js';

function historyOf(...inputs: string[]): SessionHistory {
  const history = new SessionHistory(5);
  inputs.forEach((input, index) => {
    history.add(index + 1, input);
  });
  return history;
}

test('the tail is the last cells, oldest first', () => {
  const history = historyOf('a', 'b', 'c');

  const found = history.find(readHistory({ hist_access_type: 'tail', n: 2 }));

  expect(found).toEqual([
    [0, 2, 'b'],
    [0, 3, 'c'],
  ]);
});

test('a range ends before its stop, and carries outputs when asked', () => {
  const history = historyOf('a', 'b', 'c');

  const found = history.find(
    readHistory({ hist_access_type: 'range', start: 1, stop: 2, output: true }),
  );

  expect(found).toEqual([[0, 1, ['a', null]]]);
});

test('a search takes globs over several lines, and finds equal cells once', () => {
  const history = historyOf('let a = 1\na', 'b', 'let a = 1\na', 'let [c] = x');

  const found = history.find(
    readHistory({ hist_access_type: 'search', pattern: 'let *', unique: true }),
  );

  expect(found).toEqual([
    [0, 3, 'let a = 1\na'],
    [0, 4, 'let [c] = x'],
  ]);
  expect(
    history.find(readHistory({ hist_access_type: 'search', pattern: 'let [c]*' })),
  ).toHaveLength(1);
});

test('the oldest cells are dropped', () => {
  const history = historyOf('a', 'b', 'c', 'd', 'e', 'f');

  expect(history.find(readHistory({}))[0]).toEqual([0, 2, 'b']);
});
