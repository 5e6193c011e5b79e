import { mkdir } from 'node:fs/promises';
import { clearTimeout, setTimeout } from 'node:timers';
import { fileURLToPath } from 'node:url';
import { deferred } from '../base/deferred.js';
import { type ErrorCode, messageOf, ParallelError } from '../base/errors.js';
import { Child } from '../process/child.js';
import { logDir } from '../wire/cluster-files.js';
import { readLines } from './lines.js';
import { removeLogs } from './log-files.js';
import { lastWords, supervisorLog } from './logs.js';
import { OwnerLease } from './owner-lease.js';
import { refuseIfStarted } from './published-files.js';
import { parseReport, type SupervisorOptions } from './supervisor-options.js';

const supervisorMain = fileURLToPath(new URL('./supervisor-main.js', import.meta.url));

/** Time for a supervisor that is told to stop to end its engines and remove its files. */
export const supervisorGraceMs = 6000;

export interface LaunchOptions {
  /** The whole environment of supervisor and engines. */
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
}

/** A supervisor that has started all its engines. */
export interface Launched {
  readonly supervisor: Child;
  /** Absent for a shared cluster. */
  readonly lease: OwnerLease | undefined;
}

/**
 * Starts a supervisor as a process of its own and waits until all engines are registered. The owner's
 * lease is taken as soon as the supervisor listens, long before that.
 *
 * @throws {@link ParallelError} what the supervisor reports, or `TIMEOUT`; nothing is left then.
 */
export async function launch(
  options: SupervisorOptions,
  launchOptions: LaunchOptions,
): Promise<Launched> {
  await refuseIfStarted(options);
  const supervisor = await spawnSupervisor(options, launchOptions.env);
  const giveUp = new AbortController();
  const timer = setTimeout(
    () => giveUp.abort(tooSlow(options, launchOptions)),
    launchOptions.timeoutMs,
  );
  const { signal } = launchOptions;
  const onAbort = (): void => giveUp.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort(); // while the supervisor was spawned
  try {
    giveUp.signal.throwIfAborted();
    const lease = await whenReady(supervisor, options, giveUp.signal);
    supervisor.unref();
    return { supervisor, lease };
  } catch (error) {
    await supervisor.end({ graceMs: supervisorGraceMs });
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

async function spawnSupervisor(options: SupervisorOptions, env: NodeJS.ProcessEnv): Promise<Child> {
  const file = supervisorLog(options);
  try {
    await mkdir(logDir(options), { recursive: true, mode: 0o700 });
    await removeLogs(options); // of an earlier cluster of this id
  } catch (error) {
    throw new ParallelError(
      'START_FAILED',
      `Could not use the folder ${logDir(options)}: ${messageOf(error)}. ` +
        'Make it writable, or name another profile with `--profile-dir`.',
      { cause: error },
    );
  }
  return Child.spawn({
    command: process.execPath,
    args: [supervisorMain, JSON.stringify(options)],
    env,
    output: { file },
    hasReport: true,
  });
}

/** Follows the supervisor's reports until it is ready. */
async function whenReady(
  supervisor: Child,
  options: SupervisorOptions,
  signal: AbortSignal,
): Promise<OwnerLease | undefined> {
  const ready = deferred();
  let lease: Promise<OwnerLease> | undefined;
  const onAbort = (): void => ready.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (supervisor.report !== undefined) {
    readLines(supervisor.report, (line) => {
      const report = parseReport(line);
      if (report?.type === 'listening' && options.owner !== undefined) {
        lease = OwnerLease.hold(report.leasePath, options.owner);
        lease.catch((error: unknown) => ready.reject(error));
      }
      if (report?.type === 'ready') ready.resolve();
      if (report?.type === 'failed') {
        ready.reject(new ParallelError(report.code as ErrorCode, report.message));
      }
    });
    supervisor.report.once(
      'close',
      () => void diedEarly(options).then((error) => ready.reject(error)),
    );
  }
  await ready.promise;
  return lease;
}

/** A supervisor that could not even say why it failed: its last words are in its log. */
async function diedEarly(options: SupervisorOptions): Promise<ParallelError> {
  const file = supervisorLog(options);
  return new ParallelError(
    'START_FAILED',
    `The cluster's supervisor ended before it was ready.${await lastWords(file)}`,
  );
}

function tooSlow({ n, clusterId }: SupervisorOptions, { timeoutMs }: LaunchOptions): ParallelError {
  return new ParallelError(
    'TIMEOUT',
    `The cluster '${clusterId}' with ${n} engines was not ready within ${timeoutMs / 1000} s.`,
  );
}
