import { hasCode } from '../base/errors.js';

const periodMs = 1000;

/**
 * Calls `onGone` once when the process that started this one is gone. A child of `parentPid` is handed
 * to another parent then; where someone stands in between, `parentPid` itself is looked for.
 *
 * @returns what ends the watch.
 */
export function watchParent(parentPid: number, onGone: () => void): () => void {
  const isChild = process.ppid === parentPid;
  const isGone = (): boolean => (isChild ? process.ppid !== parentPid : !exists(parentPid));
  const timer = setInterval(() => {
    if (!isGone()) return;
    clearInterval(timer);
    onGone();
  }, periodMs);
  return () => clearInterval(timer);
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}
