import { supervisorOptionsOf } from '../cluster/cluster-options.js';
import { launch, type Launched } from '../cluster/launch.js';
import type { SupervisorOptions } from '../cluster/supervisor-options.js';
import { sweepIfDead } from '../cluster/sweep.js';
import { clientFile } from '../wire/cluster-files.js';
import { CommandError, exitCodes } from './exit-codes.js';
import { countOf, note, noteProgress, print, printJson } from './output.js';
import { assignPorts, parsePorts } from './ports.js';
import { type PlaceOptions, profileDirOf } from './place.js';
import { abortOnEndingSignal, type EndingSignal, onEndingSignal, signalCodes } from './signals.js';

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
  noteProgress(`Starting ${countOf(settled.n, 'engine')} …`);
  const launched = await launchUnlessInterrupted(settled, options.timeout * 1000);
  const isDetached = options.detach ?? options.daemonize ?? false;
  tell(options, settled, {
    isDetached,
    elapsedMs: performance.now() - beganMs,
    pid: launched.supervisor.pid,
  });
  if (!isDetached) await runInForeground(options, settled, launched);
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
  const tcp = settled.tcp &&
    ports !== undefined && {
      ...settled.tcp,
      ports: assignPorts({ common: parsePorts(ports) }),
    };
  return { ...settled, ...(location && { location }), ...(tcp && { tcp }) };
}

async function launchUnlessInterrupted(
  settled: SupervisorOptions,
  timeoutMs: number,
): Promise<Launched> {
  const interrupt = abortOnEndingSignal(interrupted);
  try {
    return await launch(settled, { env: process.env, signal: interrupt.signal, timeoutMs });
  } finally {
    interrupt.release();
  }
}

function interrupted(signal: EndingSignal): CommandError {
  return new CommandError(
    signalCodes[signal],
    'Stopped before the cluster was ready; nothing is left of it.',
    'ABORTED',
  );
}

function tell(
  { json = false }: StartOptions,
  settled: SupervisorOptions,
  { isDetached, elapsedMs, pid }: { isDetached: boolean; elapsedMs: number; pid: number },
): void {
  const { clusterId, n, profileDir } = settled;
  if (json) {
    const connectionFile = clientFile(settled);
    printJson({ clusterId, profileDir, engineCount: n, supervisorPid: pid, connectionFile });
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
  { json = false }: StartOptions,
  settled: SupervisorOptions,
  { supervisor }: Launched,
): Promise<void> {
  supervisor.ref();
  let askedCount = 0;
  const release = onEndingSignal(() => {
    askedCount += 1;
    supervisor.signal(askedCount === 1 ? 'SIGTERM' : 'SIGKILL');
    if (askedCount === 1) noteProgress('Stopping … (Ctrl-C again: at once)');
  });
  const { code, signal } = await supervisor.exited;
  await sweepIfDead(settled);
  release();
  if (signal === null && code === 0) {
    if (!json) print('The cluster has stopped.');
    return;
  }
  const how = signal === null ? `with exit code ${code ?? 1}` : `by ${signal}`;
  note(`The cluster was ended ${how}.`);
  process.exitCode = askedCount > 0 ? 0 : exitCodes.failed;
}
