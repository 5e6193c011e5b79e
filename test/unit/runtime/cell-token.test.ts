import { expect, test } from 'vitest';
import { CellContext, CellToken } from '../../../src/runtime/cell-token.js';
import { Interruption } from '../../../src/runtime/interruption.js';

const token = (run: number): CellToken =>
  new CellToken({ id: `id-${run}`, name: `Cell [${run}]`, resolveFrom: '', run });

test('an await of an earlier cell makes it current for its own turn alone', async () => {
  const context = new CellContext();
  const [earlier, later] = [token(1), token(2)];
  context.enter(earlier);
  context.enter(later);

  expect(context.resume(earlier, 'value')).toBe('value');
  const during = context.current;
  await Promise.resolve();

  expect(during).toBe(earlier);
  expect(context.current).toBe(later);
});

test('an await of a stopped cell throws', () => {
  const context = new CellContext();
  const stopped = token(1);
  context.enter(stopped);
  stopped.isStopped = true;

  expect(() => context.resume(stopped, 1)).toThrow(Interruption);
});

test('an await of a cell that is asked to stop in shared memory throws', () => {
  const context = new CellContext(Int32Array.of(1));
  context.enter(token(1));

  expect(() => context.resume(context.current, 1)).toThrow('Cell [1] was stopped.');
  expect(context.resume(token(2), 1)).toBe(1);
});

test('callbacks of a stopped cell do not run', () => {
  const context = new CellContext();
  const stopped = token(1);
  stopped.isStopped = true;
  let runs = 0;

  context.runAs(stopped, () => runs++);
  context.runAs(token(2), () => runs++);

  expect(runs).toBe(1);
});

test('a callback that throws leaves the foreground current', () => {
  const context = new CellContext();
  const foreground = token(2);
  context.enter(foreground);

  expect(() =>
    context.runAs(token(1), () => {
      throw new Error('x');
    }),
  ).toThrow('x');
  expect(context.current).toBe(foreground);
});

test('what goes on after a stopped cell is not stopped, and prints as that cell', () => {
  const context = new CellContext();
  const stopped = token(1);
  context.enter(stopped);
  stopped.isStopped = true;

  context.rest(2);

  expect(context.hasToStop(context.current)).toBe(false);
  expect(context.current).toMatchObject({ id: 'id-1', name: 'Cell [1]', run: 2 });
});
