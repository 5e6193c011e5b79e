import type { Clock } from '../base/clock.js';
import { hasCode } from '../base/errors.js';

/** How a process ended: `code` when it exited, else the signal that ended it. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Sends `signal` to every process of the group `pid`. @returns false when there is none. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    // Windows has no groups: there the process alone is meant.
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
    return true;
  } catch (error) {
    if (hasCode(error, 'ESRCH') || hasCode(error, 'EPERM')) return false;
    throw error;
  }
}

/**
 * Ends the process group `pid`: SIGTERM, and when its leader has gone or `graceMs` have passed, SIGKILL
 * for whoever is left in it.
 */
export async function endGroup(
  pid: number,
  options: { graceMs: number; exited: (signal: AbortSignal) => Promise<unknown>; clock: Clock },
): Promise<void> {
  const { graceMs, exited, clock } = options;
  const waiting = new AbortController();
  if (graceMs > 0 && signalGroup(pid, 'SIGTERM')) {
    await Promise.race([exited(waiting.signal), clock.sleep(graceMs, waiting.signal)]);
    waiting.abort();
  }
  signalGroup(pid, 'SIGKILL');
}
