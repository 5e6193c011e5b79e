import { until } from '../base/clock.js';
import type { AsyncResult } from '../client/async-result.js';
import type { Client } from '../client/client.js';
import type { TaskInfo } from '../client/task.js';
import type { ShownError } from './engine-failures.js';
import type { InterruptSignal } from './magic-flags.js';
import { signalOutcome, stopOutcome } from './stop-outcome.js';

/** What Stop did, and what there is to say of it when the engines had a moment. */
export interface Stopped {
  /** Whether the engines are to have that moment: what is blocked, or was left alone, goes on anyway. */
  readonly isWorthWaiting: boolean;
  describe(): ShownError;
}

/** Does to the engines of `result` what Stop is to do. */
export async function stopEngines(
  result: AsyncResult<unknown>,
  signal: InterruptSignal,
  client: Client | undefined,
): Promise<Stopped> {
  if (signal === 'SIGINT') {
    const outcomes = await result.cancel();
    const isBlocked = outcomes.some(({ outcome }) => outcome === 'blocked');
    return { isWorthWaiting: !isBlocked, describe: () => stopOutcome(outcomes, result.tasks) };
  }
  const asked = unfinished(result);
  if (signal !== 'none' && asked.length > 0) {
    await Promise.all(asked.map((id) => send(signal, id, client)));
    const isOver = (): boolean => asked.every((id) => client?.ids.includes(id) !== true);
    await until(isOver, { timeoutMs: endOfProcessMs });
  }
  return {
    isWorthWaiting: signal !== 'none',
    describe: () => signalOutcome(signal, asked, result.tasks.map(statesSeenBy(client))),
  };
}

/** An engine that left in good order answered before: with an error, as what it ran was ended. */
function statesSeenBy(
  client: Client | undefined,
): (task: TaskInfo) => Pick<TaskInfo, 'engineId' | 'status'> {
  const isThere = (id: number): boolean => client?.ids.includes(id) === true;
  return ({ engineId, status }) => ({
    engineId,
    status: status === 'error' && engineId !== undefined && !isThere(engineId) ? 'lost' : status,
  });
}

/** An engine that ends of it does not answer; what became of it is seen by its task. */
async function send(
  signal: NodeJS.Signals,
  engineId: number,
  client: Client | undefined,
): Promise<void> {
  await client?.signal(signal, engineId).catch(() => undefined);
}

function unfinished(result: AsyncResult<unknown>): number[] {
  return result.tasks.flatMap(({ engineId, status }) =>
    engineId !== undefined && (status === 'queued' || status === 'running') ? [engineId] : [],
  );
}

/** Time for a process to end of its signal; one that goes on has its own way with it. */
const endOfProcessMs = 3000;
