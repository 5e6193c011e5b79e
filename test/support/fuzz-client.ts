import { ParallelError } from '../../lib/base/errors.js';
import { FuzzBench, type FuzzOptions } from './fuzz-bench.js';
import { settledMemory } from './settled-memory.js';

/**
 * A client of ours behind a controller that sends mutated messages in front of each: replies, outputs, how
 * the cluster stands, the hub's answers and notifications. Each of its calls must settle, and fail with
 * errors of ours alone.
 */
export async function fuzzClient({ count, seed }: FuzzOptions): Promise<{
  readonly sent: number;
  readonly grownBytes: number;
  readonly logLines: number;
  /** Errors that no caller could make anything of. */
  readonly strays: readonly unknown[];
  readonly answers: boolean;
}> {
  await using fuzz = await FuzzBench.start();
  const { tap } = fuzz;
  tap.stopKeeping();
  await fuzz.talk();
  const before = settledMemory();
  const strays: unknown[] = [];
  fuzz.mangle('client', seed);
  while (tap.mangledCount < count) strays.push(...straysOf(await fuzz.talk()));
  tap.mangle(undefined);
  const answers = await fuzz.worksOn();
  return {
    sent: tap.mangledCount,
    grownBytes: settledMemory() - before,
    logLines: fuzz.clientLog.length,
    strays,
    answers,
  };
}

function straysOf(outcomes: readonly PromiseSettledResult<unknown>[]): unknown[] {
  return outcomes
    .filter((outcome) => outcome.status === 'rejected')
    .map((outcome): unknown => outcome.reason)
    .filter((reason) => !(reason instanceof ParallelError) && !isComposite(reason));
}

/** Several engines' errors in one. */
function isComposite(reason: unknown): boolean {
  return reason instanceof AggregateError;
}
