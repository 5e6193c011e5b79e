import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { HistoryFiles, type HistoryLimits } from '../../../lib/kernel/history-files.js';
import { historyFolder } from '../../../lib/kernel/history-folder.js';
import { SessionHistory } from '../../../lib/kernel/session-history.js';
import { type HistoryEntry, readHistory } from '../../../lib/wire/jupyter.js';

async function historyOf(
  inputs: readonly string[],
  files?: HistoryFiles,
  limits: { limit?: number; lengthLimit?: number } = {},
): Promise<SessionHistory> {
  const history = new SessionHistory({ files, ...limits });
  onTestFinished(() => history.close());
  for (const [index, input] of inputs.entries()) await history.add(index + 1, input);
  return history;
}

async function openFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pxlab-history-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'pxlab', 'history');
}

const tail = (history: SessionHistory, n = 100): Promise<HistoryEntry[]> =>
  history.find(readHistory({ hist_access_type: 'tail', n }));

const range = (history: SessionHistory, session: number): Promise<HistoryEntry[]> =>
  history.find(readHistory({ hist_access_type: 'range', session, start: 1, stop: 99 }));

test('the tail is the last cells, oldest first', async () => {
  const history = await historyOf(['a', 'b', 'c']);

  expect(await tail(history, 2)).toEqual([
    [0, 2, 'b'],
    [0, 3, 'c'],
  ]);
});

test('a range ends before its stop, counts from the end too, and carries outputs when asked', async () => {
  const history = await historyOf(['a', 'b', 'c']);

  const found = await history.find(
    readHistory({ hist_access_type: 'range', start: 1, stop: 2, output: true }),
  );
  const last = await history.find(readHistory({ hist_access_type: 'range', start: -1 }));

  expect(found).toEqual([[0, 1, ['a', null]]]);
  expect(last).toEqual([[0, 3, 'c']]);
});

test('a search takes globs over several lines, and finds equal cells once', async () => {
  const history = await historyOf(['let a = 1\na', 'b', 'let a = 1\na', 'let [c] = x']);

  const found = await history.find(
    readHistory({ hist_access_type: 'search', pattern: 'let *', unique: true }),
  );
  const bracket = await history.find(
    readHistory({ hist_access_type: 'search', pattern: 'let [c]*' }),
  );

  expect(found).toEqual([
    [0, 3, 'let a = 1\na'],
    [0, 4, 'let [c] = x'],
  ]);
  expect(bracket).toHaveLength(1);
});

test('the oldest cells are dropped, by number and by length', async () => {
  const byNumber = await historyOf(['a', 'b', 'c'], undefined, { limit: 2 });
  const byLength = await historyOf(['aaaa', 'bbbb', 'cc'], undefined, { lengthLimit: 7 });
  const tooLong = await historyOf(['a', 'x'.repeat(300_000)]);

  expect((await tail(byNumber))[0]).toEqual([0, 2, 'b']);
  expect((await tail(byLength))[0]).toEqual([0, 2, 'bbbb']);
  expect(await tail(tooLong)).toEqual([[0, 1, 'a']]);
});

test('cells of earlier sessions are found by tail, search and number', async () => {
  const folder = await openFolder();
  await historyOf(['one', 'two'], new HistoryFiles(folder));
  await historyOf(['three\nlines'], new HistoryFiles(folder));
  const history = await historyOf(['four', 'one'], new HistoryFiles(folder));

  expect(await tail(history, 4)).toEqual([
    [1, 2, 'two'],
    [2, 1, 'three\nlines'],
    [3, 1, 'four'],
    [3, 2, 'one'],
  ]);
  const search = { hist_access_type: 'search', pattern: 'o*', unique: true };
  expect(await history.find(readHistory(search))).toEqual([[3, 2, 'one']]);
  expect(await range(history, 0)).toEqual([
    [0, 1, 'four'],
    [0, 2, 'one'],
  ]);
  expect(await range(history, -1)).toEqual([[2, 1, 'three\nlines']]);
  expect(await range(history, 1)).toEqual([
    [1, 1, 'one'],
    [1, 2, 'two'],
  ]);
  expect(await range(history, 3)).toHaveLength(2);
  expect(await range(history, -7)).toEqual([]);
});

test('a session without cells counts from the next number, and leaves no file', async () => {
  const folder = await openFolder();
  await historyOf(['before'], new HistoryFiles(folder));
  const history = await historyOf([], new HistoryFiles(folder));

  expect(await range(history, -1)).toEqual([[1, 1, 'before']]);
  await history.close();
  expect(await readdir(folder)).toEqual(['1.jsonl']);
});

test('kernels that start at once have numbers of their own, and only the user can read', async () => {
  const folder = await openFolder();
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const histories = await Promise.all(
    Array.from({ length: 8 }, (_, index) => historyOf([`cell ${index}`], new HistoryFiles(folder))),
  );

  const found = await tail(histories[0] ?? new SessionHistory());
  const modes = (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).mode);

  expect(found.map(([, , input]) => input).sort()).toEqual(histories.map((_, i) => `cell ${i}`));
  expect((await Promise.all(modes)).map((mode) => mode & 0o777)).toEqual(
    histories.map(() => 0o600),
  );
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

test('a line that was cut off takes no other with it', async () => {
  const folder = await openFolder();
  await historyOf(['whole'], new HistoryFiles(folder));
  await appendFile(join(folder, '1.jsonl'), '[2,"cut of');
  await writeFile(join(folder, '2.jsonl'), 'no JSON\n[1,7]\n[]\n');

  const history = await historyOf(['new'], new HistoryFiles(folder));

  expect(await tail(history)).toEqual([
    [1, 1, 'whole'],
    [3, 1, 'new'],
  ]);
});

test('old sessions make room, and the file of a long one is written anew', async () => {
  const folder = await openFolder();
  const limits: Partial<HistoryLimits> = { sessions: 3, sessionBytes: 200 };
  for (const each of ['a', 'b', 'c', 'd', 'e'])
    await (await historyOf([each], new HistoryFiles(folder, limits))).close();
  expect((await readdir(folder)).sort()).toEqual(['2.jsonl', '3.jsonl', '4.jsonl', '5.jsonl']);

  const inputs = Array.from({ length: 100 }, (_, index) => `cell ${index}`);
  const history = await historyOf(inputs, new HistoryFiles(folder, limits), { limit: 3 });

  const text = await readFile(join(folder, '6.jsonl'), 'utf8');
  expect(text.length).toBeLessThan(300);
  expect(text).toContain('cell 99');
  expect((await tail(history, 3)).map(([, number]) => number)).toEqual([98, 99, 100]);
});

test('a folder that cannot be used is told of once, and this session is known all the same', async () => {
  const folder = await openFolder();
  await mkdir(join(folder, '..'), { recursive: true });
  await writeFile(folder, 'a file');
  const history = new SessionHistory({ files: new HistoryFiles(folder) });

  const told = [await history.add(1, 'a'), await history.add(2, 'b')];

  expect(told).toEqual([
    expect.stringContaining(`The history of cells cannot be kept in ${folder}`),
    undefined,
  ]);
  expect((await tail(history)).map(([, , input]) => input)).toEqual(['a', 'b']);
});

test('the folder follows XDG_DATA_HOME, and PXLAB_HISTORY can ask for none', () => {
  expect(historyFolder({ XDG_DATA_HOME: '/data' })).toBe('/data/pxlab/history');
  expect(historyFolder({ XDG_DATA_HOME: '/data', PXLAB_HISTORY: 'on' })).toBeDefined();
  expect(historyFolder({ XDG_DATA_HOME: 'relative' })).toMatch(/^\/.*\/pxlab\/history$/);
  expect(historyFolder({ PXLAB_HISTORY: 'off' })).toBe(undefined);
  expect(historyFolder({ PXLAB_HISTORY: 'none' })).toBe(undefined);
});
