import { readdir, readFile } from 'node:fs/promises';

/**
 * Kills what the dead leader of a process group left in it. Its pid may have been given to another
 * process meanwhile, so only processes whose environment has all of `environment` (`NAME=value` each),
 * which they inherited from the leader, are taken for its own. Does nothing but on Linux.
 */
export async function endOrphans(group: number, environment: readonly string[]): Promise<void> {
  if (process.platform !== 'linux') return;
  for (const pid of (await readdir('/proc')).map(Number)) {
    if (!(pid > 1) || groupInStat(await readText(`/proc/${pid}/stat`)) !== group) continue;
    const variables = (await readText(`/proc/${pid}/environ`)).split('\0');
    if (environment.every((variable) => variables.includes(variable))) kill(pid);
  }
}

/** The process group in a line of `/proc/PID/stat`, its fifth field. */
function groupInStat(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[5 - 3]);
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => ''); // it has ended, or is another user's
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended meanwhile
  }
}
