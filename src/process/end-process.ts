import { systemClock, until } from '../base/clock.js';
import { endGroup } from './process-group.js';
import { isAlive, type ProcessIdentity } from './process-identity.js';

/** Time for a killed process to be gone; the system needs a moment to tear a large one down. */
const killedWithinMs = 2000;

/**
 * Ends a process that is not (or no longer) a child of this one, with its group; a process that has the
 * pid by now but is another one is left alone. Resolves when it is gone.
 */
export async function endProcess(
  identity: ProcessIdentity,
  { graceMs }: { graceMs: number },
): Promise<void> {
  if (!(await isAlive(identity))) return;
  await endGroup(identity.pid, {
    graceMs,
    exited: (signal) => waitForDeath(identity, graceMs, signal),
    clock: systemClock,
  });
  await waitForDeath(identity, killedWithinMs);
}

/** Resolves when the process is gone or `timeoutMs` have passed. */
async function waitForDeath(
  identity: ProcessIdentity,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<void> {
  await until(async () => signal?.aborted === true || !(await isAlive(identity)), { timeoutMs });
}
