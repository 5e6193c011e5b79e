import { spawnSync } from 'node:child_process';

/** Runs a small program to its end. @returns true when it succeeded, false also when it is missing. */
export function runSync(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
