import { ParallelError } from '../base/errors.js';
import { supervisorOptionsOf } from '../cluster/cluster-options.js';
import { launch, type Launched } from '../cluster/launch.js';
import type { SupervisorOptions } from '../cluster/supervisor-options.js';
import { sweepIfDead } from '../cluster/sweep.js';
import { clientFile } from '../wire/cluster-files.js';
import { countOf, print, printJson } from './output.js';
import { parsePorts } from './ports.js';
import { type PlaceOptions, profileDirOf } from './place.js';

export interface StartOptions extends PlaceOptions {
  readonly n?: number;
  readonly ip?: string;
  readonly ports?: string;
  readonly location?: string;
  readonly curve: boolean;
  readonly ipcOnly?: boolean;
  readonly launcher: 'local';
  readonly timeout: number;
  readonly detach?: boolean;
  readonly daemonize?: boolean;
  readonly json?: boolean;
}

/** Starts a cluster that belongs to no one; without `--detach` it runs until Ctrl-C. */
export async function start(options: StartOptions): Promise<void> {
  const beganMs = performance.now();
  const settled = settledOf(options);
  const giveUp = new AbortController();
  const onInterrupt = (): void => giveUp.abort(interrupted());
  process.once('SIGINT', onInterrupt);
  const launched = await launch(settled, {
    env: process.env,
    signal: giveUp.signal,
    timeoutMs: options.timeout * 1000,
  });
  process.off('SIGINT', onInterrupt);
  const isDetached = options.detach ?? options.daemonize ?? false;
  tell(options, settled, {
    isDetached,
    elapsedMs: performance.now() - beganMs,
    pid: launched.supervisor.pid,
  });
  if (!isDetached) await runInForeground(settled, launched);
}

function settledOf(options: StartOptions): SupervisorOptions {
  const { n, ip, ports, location, curve, ipcOnly = false, clusterId = '', launcher } = options;
  const settled = supervisorOptionsOf({
    n,
    ip,
    curve,
    clusterId,
    tcp: !ipcOnly,
    launcher,
    owner: null,
    profileDir: profileDirOf(options),
  });
  const tcp = settled.tcp && ports !== undefined && { ...settled.tcp, ports: parsePorts(ports) };
  return { ...settled, ...(location && { location }), ...(tcp && { tcp }) };
}

function interrupted(): ParallelError {
  return new ParallelError(
    'ABORTED',
    'Stopped before the cluster was ready; nothing is left of it.',
  );
}

function tell(
  { json = false }: StartOptions,
  settled: SupervisorOptions,
  { isDetached, elapsedMs, pid }: { isDetached: boolean; elapsedMs: number; pid: number },
): void {
  const { clusterId, n, profileDir } = settled;
  if (json) {
    printJson({ clusterId, profileDir, n, pid, connectionFile: clientFile(settled) });
    return;
  }
  const id = clusterId === '' ? '' : ` --cluster-id ${clusterId}`;
  const choice = clusterId === '' ? '' : ` clusterId: '${clusterId}' `;
  print(`Started ${countOf(n, 'engine')} in ${(elapsedMs / 1000).toFixed(1)} s. To use them:`);
  print(`  notebook  %%px, with the kernel "TypeScript (pxlab)"`);
  print(`  script    const client = await Client.connect(${choice && `{${choice}}`});`);
  print(`  Python    ipyparallel.Client('${clientFile(settled)}')`);
  print(isDetached ? `Stop with: pxcluster stop${id}` : 'Ctrl-C stops them.');
}

/** Until the cluster has ended, by whomever; Ctrl-C and the end of the terminal end it. */
async function runInForeground(
  settled: SupervisorOptions,
  { supervisor }: Launched,
): Promise<void> {
  supervisor.ref();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => supervisor.signal('SIGTERM'));
  }
  const { signal } = await supervisor.exited;
  await sweepIfDead(settled);
  print(signal === null ? 'The cluster has stopped.' : `The cluster was ended by ${signal}.`);
}
