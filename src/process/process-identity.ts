import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { hasCode } from '../base/errors.js';
import { Child } from './child.js';

/**
 * A process, told apart from a later one with the same pid: system-wide unique for one boot of one host.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Linux: clock ticks from boot to the start. Elsewhere: the start as `ps` prints it. */
  readonly startTime: string;
  /** Changes when the machine starts anew; empty where the system has none. */
  readonly bootId: string;
  readonly host: string;
  /** Which processes see each other by pid: those of one container. Absent where the system has none. */
  readonly pidNamespace?: string;
}

/** `elsewhere`: on another host, so nothing can be said about it from here. */
export type Liveness = 'alive' | 'dead' | 'elsewhere';

/** The identity of the running process `pid`, or undefined when there is none (or only its zombie). */
export async function identityOf(pid: number): Promise<ProcessIdentity | undefined> {
  const startTime = await startTimeOf(pid);
  if (startTime === undefined) return undefined;
  const pidNamespace = await currentPidNamespace();
  return {
    pid,
    startTime,
    bootId: await currentBootId(),
    host: hostname(),
    ...(pidNamespace === undefined ? {} : { pidNamespace }),
  };
}

/** The identity of this process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  const identity = await identityOf(process.pid);
  if (identity === undefined) throw new Error('Unreachable: this process runs');
  return identity;
}

/**
 * Whether the very process of `identity` still runs. A machine that has another name by now is still the
 * same one; another container on it is not.
 */
export async function livenessOf(identity: ProcessIdentity): Promise<Liveness> {
  const current = await identityOf(identity.pid);
  const isSameBoot = identity.bootId === (await currentBootId());
  if (isSameBoot && current?.startTime === identity.startTime) {
    // Where nothing tells boots apart, the host's name must.
    if (identity.bootId !== '' || identity.host === hostname()) return 'alive';
  }
  const isHere = identity.host === hostname() || (isSameBoot && (await seesPidsOf(identity)));
  return isHere ? 'dead' : 'elsewhere';
}

async function seesPidsOf({ bootId, pidNamespace }: ProcessIdentity): Promise<boolean> {
  const isKnown = bootId !== '' && pidNamespace !== undefined;
  return isKnown && pidNamespace === (await currentPidNamespace());
}

export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await livenessOf(identity)) === 'alive';
}

/** True when `value`, read from a file, has the shape of an identity. */
export function isProcessIdentity(value: unknown): value is ProcessIdentity {
  return (
    typeof value === 'object' &&
    value !== null &&
    'pid' in value &&
    Number.isSafeInteger(value.pid) &&
    Number(value.pid) > 1 &&
    ['startTime', 'bootId', 'host'].every(
      (field) => typeof (value as Readonly<Record<string, unknown>>)[field] === 'string',
    )
  );
}

/**
 * The start time in a line of `/proc/PID/stat`, in clock ticks since boot; undefined for a zombie, which
 * only waits for its parent. The name in parentheses may hold spaces and parentheses of its own.
 *
 * Source: `man 5 proc`, fields 2, 3 and 22.
 */
export function startTimeInStat(stat: string): string | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  return state === 'Z' || state === 'X' ? undefined : fields[22 - 3];
}

async function startTimeOf(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return startTimeByPs(pid);
  const stat = await readIfThere(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : startTimeInStat(stat);
}

async function startTimeByPs(pid: number): Promise<string | undefined> {
  const ps = await Child.spawn({
    command: 'ps',
    args: ['-o', 'stat=,lstart=', '-p', String(pid)],
    output: 'capture',
  });
  await ps.exited;
  return startTimeInPs(await ps.captured);
}

/** The start time in the line of `ps -o stat=,lstart=`; undefined for no process or a zombie. */
export function startTimeInPs(text: string): string | undefined {
  const [state, ...started] = text.trim().split(/\s+/);
  return state === undefined || state === '' || state.startsWith('Z')
    ? undefined
    : started.join(' ');
}

let bootId: Promise<string> | undefined;

function currentBootId(): Promise<string> {
  bootId ??= readIfThere('/proc/sys/kernel/random/boot_id').then((text) => text?.trim() ?? '');
  return bootId;
}

let pidNamespace: Promise<string | undefined> | undefined;

function currentPidNamespace(): Promise<string | undefined> {
  pidNamespace ??= readlink('/proc/self/ns/pid').catch(() => undefined); // not of this system
  return pidNamespace;
}

/** A process that ends between opening and reading its file gives ESRCH. */
async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ESRCH')) return undefined;
    throw error;
  }
}
