import { CancelledError, CompositeError, NoSuchVariableError } from './errors.js';
import type { Settled } from './task.js';

/**
 * The one error that stands for those of the tasks: itself when there is one, a single sentence when all
 * say the same of several engines, else a {@link CompositeError}. Undefined when none failed.
 */
export function failureOf(settled: readonly Settled<unknown>[]): unknown {
  const reasons = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  const distinct = [...new Set(reasons)];
  if (distinct.length <= 1) return distinct[0];
  return (
    sameCancellation(distinct) ??
    sameVariable(distinct) ??
    new CompositeError(distinct.map(asError), settled.length)
  );
}

function sameCancellation(reasons: readonly unknown[]): Error | undefined {
  const cancelled = reasons.filter((reason) => reason instanceof CancelledError);
  if (cancelled.length < reasons.length) return undefined;
  const ran = cancelled.some((error) => error.wasRunning);
  return new CancelledError(
    ran,
    cancelled.flatMap((error) => error.engineIds),
    {
      cause: cancelled.find((error) => error.wasRunning === ran)?.cause,
    },
  );
}

function sameVariable(reasons: readonly unknown[]): Error | undefined {
  const missing = reasons.filter((reason) => reason instanceof NoSuchVariableError);
  const [first] = missing;
  if (first === undefined || missing.length < reasons.length) return undefined;
  if (missing.some((error) => error.reason !== first.reason)) return undefined;
  return new NoSuchVariableError(
    first.reason,
    missing.flatMap((error) => error.engineIds),
  );
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
