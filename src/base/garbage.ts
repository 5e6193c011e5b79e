import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/**
 * Collects the garbage of the calling thread now: a tenth of a second, and seconds when gigabytes of small
 * objects are in use.
 */
export function collectGarbage(): void {
  collect ??= newCollector();
  collect?.();
}

/**
 * V8 gives its collector to contexts that are made while the flag is set: to one of ours, and to none of a user's.
 * Undefined when another thread has taken the flag back in between; the next call tries again.
 */
function newCollector(): (() => void) | undefined {
  setFlagsFromString('--expose-gc');
  try {
    return runInNewContext('globalThis.gc') as (() => void) | undefined;
  } finally {
    setFlagsFromString('--no-expose-gc');
  }
}
