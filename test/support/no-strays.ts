import { randomBytes } from 'node:crypto';
import { markedProcesses } from './leftovers.js';
import { runVariable } from './sandbox-mark.js';

/** A run of tests ends all that it started in sandboxes, or it has failed. */
export default function setUp(): () => Promise<void> {
  const run = randomBytes(6).toString('hex');
  process.env[runVariable] = run;
  return async () => {
    const strays = await markedProcesses(`PXLAB_TEST_RUN=${run}`);
    for (const { pid } of strays) process.kill(pid, 'SIGKILL');
    if (strays.length === 0) return;
    process.exitCode = 1; // vitest only tells what a teardown throws
    const lines = strays.map(({ pid, command }) => `${pid}: ${command}`);
    throw new Error(`Tests have left processes:\n${lines.join('\n')}`);
  };
}
