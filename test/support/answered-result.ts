import { AsyncResult } from '../../src/client/async-result.js';
import type { OutputBody } from '../../src/client/outputs.js';
import { Task } from '../../src/client/task.js';
import { okReply } from '../unit/client/replies.js';
import { ManualClock } from './manual-clock.js';

/** A result whose engines say what a test says, in its order. */
export interface AnsweredResult {
  readonly result: AsyncResult<unknown[]>;
  readonly clock: ManualClock;
  readonly show: (engineId: number, output: OutputBody) => void;
  readonly finish: (engineId: number) => void;
  readonly fail: (engineId: number, reason: unknown) => void;
}

/** A result of the engines 0 to `count - 1`, of which none has answered. */
export function answeredResult(count: number): AnsweredResult {
  const clock = new ManualClock();
  const tasks = Array.from(
    { length: count },
    (_, id) =>
      new Task({
        messageId: `m${id}`,
        engine: { id, uuid: `e${id}`, language: 'typescript' },
        valueOf: () => id,
      }),
  );
  const result = new AsyncResult<unknown[]>({
    ...{ tasks, clock, options: {}, combine: (values) => [...values] },
    cancel: () => Promise.resolve([]),
    abandon: () => undefined,
  });
  let order = 0;
  return {
    result,
    clock,
    show: (id, output) => tasks[id]?.show(output, order++),
    finish: (id) => tasks[id]?.finish({ type: 'replied', reply: okReply() }, order++),
    fail: (id, reason) => tasks[id]?.finish({ type: 'failed', reason }, order++),
  };
}
