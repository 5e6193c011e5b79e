import type { AsyncResult } from '../client/async-result.js';
import type { Client } from '../client/client.js';
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
  }
  return {
    isWorthWaiting: signal !== 'none',
    describe: () => signalOutcome(signal, asked, result.tasks),
  };
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
