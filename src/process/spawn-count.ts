import childProcess from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { syncBuiltinESMExports } from 'node:module';

let count = 0;
let isCounting = false;

/**
 * Number of child processes that this process has started since it was first asked, whoever did it. What
 * they print past JavaScript cannot be counted; that there are any can.
 */
export function spawnCount(): number {
  if (!isCounting) startCounting();
  return count;
}

function startCounting(): void {
  isCounting = true;
  subscribe('child_process', () => count++);
  // The channel tells of asynchronous ones alone.
  const { spawnSync, execSync, execFileSync } = childProcess;
  Object.assign(childProcess, {
    spawnSync: counted(spawnSync),
    execSync: counted(execSync),
    execFileSync: counted(execFileSync),
  });
  syncBuiltinESMExports();
}

function counted<T extends (...args: never[]) => unknown>(start: T): T {
  const counting = (...args: Parameters<T>): unknown => {
    count++;
    return start(...args);
  };
  return Object.defineProperty(counting, 'name', { value: start.name }) as T;
}
