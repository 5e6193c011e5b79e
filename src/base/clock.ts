// Not the globals: those belong to the cell that calls, and do nothing once it was stopped.
import { clearTimeout, setTimeout } from 'node:timers';

/** Monotonic time in milliseconds, and timers on it. Tests pass a clock they advance by hand. */
export interface Clock {
  now(): number;
  /** Resolves after `durationMs`, or at once when `signal` aborts; never rejects. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/**
 * The machine's own monotonic clock.
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (durationMs, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      const finish = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, durationMs);
      signal?.addEventListener('abort', finish, { once: true });
    }),
};

/** Calls `check` until it is true or `timeoutMs` have passed; tells which. */
export async function until(
  check: () => boolean | Promise<boolean>,
  options: { timeoutMs: number; periodMs?: number; clock?: Clock },
): Promise<boolean> {
  const { timeoutMs, periodMs = 20, clock = systemClock } = options;
  const deadlineMs = clock.now() + timeoutMs;
  for (;;) {
    if (await check()) return true;
    if (clock.now() >= deadlineMs) return false;
    await clock.sleep(Math.min(periodMs, Math.max(1, deadlineMs - clock.now())));
  }
}
