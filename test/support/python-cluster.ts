import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { until } from '../../lib/base/clock.js';
import { Child } from '../../lib/process/child.js';
import { clientFile, readIfPresent } from '../../lib/wire/cluster-files.js';
import { pythonPath } from './python.js';

export interface PythonCluster {
  readonly profileDir: string;
  readonly connectionFile: string;
}

/** Starts ipyparallel's own controller with `n` Python engines; it ends with the test. */
export async function startPythonCluster(
  n: number,
  place: { readonly profileDir: string; readonly env: Readonly<Record<string, string>> },
): Promise<PythonCluster> {
  const { profileDir, env } = place;
  const child = await Child.spawn({
    command: pythonPath(),
    args: [
      join(dirname(pythonPath()), 'ipcluster'),
      ...['start', `-n`, String(n), `--profile-dir=${profileDir}`],
    ],
    env: { ...process.env, ...env },
    output: 'capture',
  });
  onTestFinished(async () => {
    child.signal('SIGINT');
    await child.exited;
  });
  const connectionFile = clientFile({ profileDir, clusterId: '' });
  const isThere = await until(async () => (await readIfPresent(connectionFile)) !== undefined, {
    timeoutMs: 30_000,
  });
  if (!isThere) throw new Error('ipcluster wrote no connection file');
  return { profileDir, connectionFile };
}

/** Starts one of ipyparallel's engines for the cluster of a profile; it ends with the test. */
export async function startPythonEngine(profileDir: string): Promise<void> {
  const child = await Child.spawn({
    command: pythonPath(),
    args: [join(dirname(pythonPath()), 'ipengine'), `--profile-dir=${profileDir}`],
    output: 'capture',
  });
  onTestFinished(async () => {
    child.signal('SIGTERM');
    await child.exited;
  });
}
