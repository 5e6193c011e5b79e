// In one file, though long: one class, and one test for each thing that it promises.

import { describe, expect, test } from 'vitest';
import { AsyncResult, type CallOptions, isAsyncResult } from '../../../src/client/async-result.js';
import { CancelledError, CompositeError, RemoteError } from '../../../src/client/errors.js';
import { Task } from '../../../src/client/task.js';
import type { TaskReply } from '../../../src/client/task-reply.js';
import { ManualClock } from '../../support/manual-clock.js';
import { errorReply, okReply } from './replies.js';

interface Bench {
  readonly result: AsyncResult<unknown[]>;
  readonly tasks: readonly Task[];
  readonly clock: ManualClock;
  /** How often the result took its tasks back. */
  readonly cancels: () => number;
  readonly reply: (engineId: number, reply?: TaskReply) => void;
}

/** A result of engines 0 to `count - 1`, answered by hand. Its values are `value of 0` and so on. */
function bench(count: number, options: CallOptions = {}): Bench {
  const clock = new ManualClock();
  const tasks = Array.from(
    { length: count },
    (_, id) =>
      new Task({
        messageId: `m${id}`,
        engine: { id, uuid: `e${id}`, language: 'typescript' },
        valueOf: () => `value of ${id}`,
      }),
  );
  let cancels = 0;
  const result = new AsyncResult<unknown[]>({
    tasks,
    combine: (values) => [...values],
    options,
    clock,
    cancel: (some) => {
      cancels += 1;
      for (const task of some) task.markCancelled();
      return Promise.resolve([]);
    },
    abandon: (some, reason) => {
      for (const task of some) task.finish({ type: 'failed', reason }, 0);
    },
  });
  const reply = (engineId: number, answer: TaskReply = okReply()): void =>
    tasks[engineId]?.finish({ type: 'replied', reply: answer }, 0);
  return { result, tasks, clock, cancels: () => cancels, reply };
}

async function errorOf(result: PromiseLike<unknown>): Promise<unknown> {
  try {
    await result;
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}

describe('the value', () => {
  test('comes in engine order whoever answered first', async () => {
    const { result, reply } = bench(2);
    reply(1);
    expect(result.done).toBe(false);
    expect(result.progress).toBe(1);
    expect(result.partial()).toEqual([undefined, 'value of 1']);
    reply(0);

    await expect(result).resolves.toEqual(['value of 0', 'value of 1']);
    expect(result).toMatchObject({ done: true, progress: 2, total: 2 });
  });

  test('is the handle until it is awaited, and is known by its brand', () => {
    const { result } = bench(1);

    expect(result).toBeInstanceOf(AsyncResult);
    expect(isAsyncResult(result)).toBe(true);
    expect(Symbol.for('pxlab.AsyncResult') in result).toBe(true);
    expect(isAsyncResult(Promise.resolve())).toBe(false);
  });

  test('of each engine comes as it answers, in that order', async () => {
    const { result, reply } = bench(3);
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const value of result) seen.push(value);
    })();
    for (const engineId of [2, 0, 1]) {
      reply(engineId);
      await new Promise(setImmediate);
    }
    await reading;

    expect(seen).toEqual(['value of 2', 'value of 0', 'value of 1']);
  });

  test('takes the time from the call to the last answer; serially it is the sum', async () => {
    const { result, clock, reply } = bench(2);
    await clock.advance(300);
    reply(0);
    await clock.advance(200);
    reply(1);
    await clock.advance(1000);

    expect(result.elapsedMs).toBe(500);
    expect(result.serialMs).toBe(500);
  });
});

describe('failures', () => {
  test('one of several is itself, with its origin', async () => {
    const { result, reply } = bench(2);
    reply(0);
    reply(1, errorReply('TypeError', 'boom'));

    const error = await errorOf(result);

    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({
      code: 'REMOTE',
      engineId: 1,
      remoteName: 'TypeError',
      message: '[engine 1] TypeError: boom',
      stack: 'RemoteError: [engine 1] TypeError: boom\n    at Cell [1]:1:7',
    });
  });

  test('several are one error with at most four stacks, the others counted', async () => {
    const { result, reply } = bench(7);
    for (let id = 0; id < 6; id += 1) reply(id, errorReply('TypeError', `boom ${id}`));
    reply(6);

    const error = await errorOf(result);

    expect(error).toBeInstanceOf(CompositeError);
    expect(error).toMatchObject({ code: 'COMPOSITE', total: 7 });
    if (!(error instanceof CompositeError)) return;
    const { errors, stack, message } = error;
    expect(errors.map((each) => 'engineId' in each && each.engineId)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(message).toBe('6 of 7 engines failed; the first: [engine 0] TypeError: boom 0');
    expect(stack?.match(/at Cell/g)).toHaveLength(4);
    expect(stack).toContain('… and 2 more.');
  });

  test('what a scheduler failed names no engine, and says why though Python gives the name alone', async () => {
    const { result, reply } = bench(1);
    reply(0, { ...errorReply('ImpossibleDependency', ''), isFromEngine: false });

    const error = await errorOf(result);
    expect(error).toMatchObject({ code: 'REMOTE', remoteName: 'ImpossibleDependency' });
    expect(String(error)).toMatch(
      /^\w+: ImpossibleDependency: No engine can run this task any more: /,
    );
  });

  test('a variable that is missing on several engines is one sentence', async () => {
    const { result, reply } = bench(3);
    reply(0);
    reply(1, errorReply('NoSuchVariable', 'There is no variable `a`.'));
    reply(2, errorReply('NoSuchVariable', 'There is no variable `a`.'));

    expect(await errorOf(result)).toMatchObject({
      code: 'NO_SUCH_VARIABLE',
      engineIds: [1, 2],
      message: '[engines 1 and 2] There is no variable `a`.',
    });
  });

  test('wait for the other engines, and keep their values', async () => {
    const { result, reply } = bench(2);
    reply(0, errorReply('Error', 'x'));
    expect(result.done).toBe(false);
    reply(1);

    await errorOf(result);
    expect(result.partial()).toEqual([undefined, 'value of 1']);
    expect(await result.settled).toMatchObject([
      { status: 'rejected', engineId: 0, reason: { code: 'REMOTE' } },
      { status: 'fulfilled', engineId: 1, value: 'value of 1' },
    ]);
  });

  test('are thrown after the values by an iteration', async () => {
    const { result, reply } = bench(3);
    reply(1, errorReply('Error', 'x'));
    reply(2);
    reply(0);
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const value of result) seen.push(value);
    })();

    await expect(reading).rejects.toMatchObject({ code: 'REMOTE' });
    expect(seen).toEqual(['value of 2', 'value of 0']);
  });

  test('that nobody awaits trouble no one', async () => {
    const unhandled: unknown[] = [];
    const listener = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', listener);
    const { reply } = bench(1);
    reply(0, errorReply('Error', 'x'));
    await new Promise(setImmediate);
    process.off('unhandledRejection', listener);

    expect(unhandled).toEqual([]);
  });

  test('are shown as outputs when no output told of them', () => {
    const { result, tasks, reply } = bench(2);
    reply(0, errorReply('TypeError', 'silent'));
    tasks[1]?.show({ type: 'error', name: 'TypeError', message: 'told', traceback: [] }, 0);
    reply(1, errorReply('TypeError', 'told'));

    expect(result.outputs.map(({ error }) => error?.message)).toEqual(['silent', 'told']);
    expect(tasks[1]?.log.outputs()).toHaveLength(1);
  });

  test('of an engine that died say so', async () => {
    const { result, tasks } = bench(1);
    const death = { how: 'killed', signal: 'SIGKILL' } as const;
    tasks[0]?.finish({ type: 'engine-lost', death, wasRunning: true }, 0);

    expect(await errorOf(result)).toMatchObject({ code: 'ENGINE_LOST', engineId: 0 });
    await expect(result).rejects.toThrow(
      'Engine 0 was killed by SIGKILL while it ran this; its variables are gone.',
    );
    expect(result.tasks[0]?.status).toBe('lost');
    expect(result.outputs[0]?.error?.name).toBe('EngineLostError');
  });
});

describe('giving up', () => {
  test('after `timeoutMs` fails with TIMEOUT and takes the tasks back', async () => {
    const { result, tasks, clock, cancels, reply } = bench(2, { timeoutMs: 500 });
    reply(0);
    tasks[1]?.markRunning(1);
    await clock.advance(499);
    expect(result.done).toBe(false);
    await clock.advance(1);

    expect(await errorOf(result)).toMatchObject({ code: 'TIMEOUT' });
    await expect(result).rejects.toThrow('not finished within 500 ms (engine 1 still ran it)');
    expect(cancels()).toBe(1);
    expect(result.done).toBe(true);
    expect(result.partial()).toEqual(['value of 0', undefined]);
  });

  test('does not happen when the answer came in time', async () => {
    const { result, clock, cancels, reply } = bench(1, { timeoutMs: 500 });
    reply(0);
    await clock.advance(1000);

    await expect(result).resolves.toEqual(['value of 0']);
    expect(cancels()).toBe(0);
  });

  test('by a signal fails with its reason', async () => {
    const controller = new AbortController();
    const { result, cancels } = bench(1, { signal: controller.signal });
    const reason = new Error('not needed any more');
    controller.abort(reason);

    expect(await errorOf(result)).toBe(reason);
    expect(cancels()).toBe(1);
  });

  test('after the end is nothing', async () => {
    const controller = new AbortController();
    const { result, cancels, reply } = bench(1, { signal: controller.signal });
    reply(0);
    controller.abort();

    await expect(result).resolves.toEqual(['value of 0']);
    expect(cancels()).toBe(0);
  });

  test('ends the outputs when the engines answer, or at last without them', async () => {
    const { result, clock } = bench(1, { timeoutMs: 500 });
    const outputs = (async () => {
      for await (const output of result.stream()) return output;
      return 'ended';
    })();
    await clock.advance(500);
    await new Promise(setImmediate);
    await clock.advance(3000);

    await expect(outputs).resolves.toMatchObject({ type: 'error' });
    expect(await result.settled).toMatchObject([{ status: 'rejected' }]);
  });
});

describe('cancelling', () => {
  test('fails with CancelledError; what an interrupted cell threw is its cause', async () => {
    const { result, reply } = bench(2);
    await result.cancel();
    reply(0, errorReply('InterruptedError', 'stopped'));
    reply(1, okReply({ status: 'aborted', isFromEngine: false }));

    const error = await errorOf(result);

    expect(error).toBeInstanceOf(CancelledError);
    expect(error).toMatchObject({ code: 'ABORTED', wasRunning: true, engineIds: [0, 1] });
    expect((error as CancelledError).cause).toMatchObject({ remoteName: 'InterruptedError' });
    expect(result.tasks.map(({ status }) => status)).toEqual(['cancelled', 'cancelled']);
  });

  test('leaves a value that comes nevertheless', async () => {
    const { result, reply } = bench(1);
    await result.cancel();
    reply(0);

    await expect(result).resolves.toEqual(['value of 0']);
  });
});

test('a result of no tasks cannot be made to wait for ever', async () => {
  await expect(bench(0).result).resolves.toEqual([]);
});

test('a value that cannot be read fails its task, not the client', () => {
  const task = new Task({
    messageId: 'm',
    engine: undefined,
    valueOf: () => {
      throw new Error('damaged');
    },
  });
  task.finish({ type: 'replied', reply: okReply() }, 0);

  expect(task.settled).toMatchObject({ status: 'rejected', reason: { message: 'damaged' } });
});
