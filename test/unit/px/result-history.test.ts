import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.js';
import { AsyncResult } from '../../../src/client/async-result.js';
import { Task } from '../../../src/client/task.js';
import { PxHistory } from '../../../src/px/px-history.js';
import { type HistoryEntry, ResultHistory } from '../../../src/px/result-history.js';
import { displaySymbol } from '../../../src/runtime/mime-bundle.js';

let count = 0;

function entryWith(
  texts: readonly string[],
  sentAt = new Date(++count),
): HistoryEntry & { tasks: Task[] } {
  const tasks = texts.map((text, index) => {
    const task = new Task({
      messageId: `${sentAt.getTime()}-${index}`,
      engine: undefined,
      valueOf: () => undefined,
    });
    task.recall({ engineId: index, sentAt: undefined });
    task.show({ type: 'stream', name: 'stdout', text }, index);
    return task;
  });
  const result = new AsyncResult<unknown[]>({
    ...{ tasks, options: {}, clock: systemClock },
    combine: (values) => [...values],
    cancel: () => Promise.resolve([]),
    abandon: () => undefined,
  });
  return { result, cell: 'Cell [1]', title: 'code', sentAt, isFoundAgain: false, tasks };
}

function texts(history: ResultHistory): string[] {
  return history.results.map(({ outputs }) =>
    outputs.map(({ stdout, cutCount }) => (cutCount > 0 ? `cut ${cutCount}` : stdout)).join(),
  );
}

function shown(history: ResultHistory): string {
  const value = new PxHistory(history.entries) as unknown as Record<symbol, () => object>;
  return String((value[displaySymbol]?.() as Record<string, unknown>)['text/plain']);
}

test('results are kept by the time of their call, the last ones, whenever they are found', () => {
  const history = new ResultHistory({ maxResults: 2, maxCharacters: 100 });
  history.add(entryWith(['second'], new Date(2000)));
  history.add(entryWith(['third'], new Date(3000)));
  history.add(entryWith(['first'], new Date(1000)));

  expect(texts(history)).toEqual(['second', 'third']);
  expect(history.has(['2000-0', undefined])).toBe(true);
  expect(history.has(['1000-0', undefined])).toBe(false);
});

test('when outputs take too much room the oldest are forgotten, never those of the last result', () => {
  const history = new ResultHistory({ maxResults: 20, maxCharacters: 10 });
  history.add(entryWith(['aaaa', 'bbbb']));
  expect(texts(history)).toEqual(['aaaa,bbbb']);

  history.add(entryWith(['cccc']));
  expect(texts(history)).toEqual(['cut 1,bbbb', 'cccc']);
  expect(shown(history)).toContain('The oldest outputs of one result were cut');

  history.add(entryWith(['d'.repeat(50)]));
  expect(texts(history)).toEqual(['cut 1,cut 1', 'cut 1', 'd'.repeat(50)]);
});

test('what a result shows after it was kept counts when it ends', async () => {
  const history = new ResultHistory({ maxResults: 20, maxCharacters: 10 });
  history.add(entryWith(['aaaa']));
  const last = entryWith(['']);
  history.add(last);
  const [task] = last.tasks;

  task?.show({ type: 'stream', name: 'stdout', text: 'b'.repeat(9) }, 1);
  expect(texts(history)).toEqual(['aaaa', 'b'.repeat(9)]);
  task?.finish({ type: 'failed', reason: new Error('over') }, 2);
  await last.result.settled;

  expect(texts(history)[0]).toBe('cut 1');
});

test('a history is a list of its results', () => {
  const history = new ResultHistory();
  const entries = [entryWith(['']), entryWith([''])];
  for (const entry of entries) history.add(entry);

  const list = new PxHistory(history.entries);

  expect([...list]).toEqual(entries.map(({ result }) => result));
  expect(list.map(() => 1)).toEqual([1, 1]);
  expect(list.filter(() => true)).not.toBeInstanceOf(PxHistory);
  expect(Object.keys(list)).toEqual(['0', '1']);
});
