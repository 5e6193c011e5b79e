import { resolve } from 'node:path';
import { ParallelError } from '../base/errors.js';
import { usableCores } from '../process/usable-cores.js';
import { newClusterId, profileDir as defaultProfileDir } from '../wire/cluster-files.js';
import type { Owner } from './lease-state.js';
import type { SupervisorOptions } from './supervisor-options.js';

export interface ClusterOptions {
  /** Number of engines. @defaultValue as many as this process may keep cores busy */
  readonly n?: number | undefined;
  /** Where engines run. @defaultValue `'local'`, this machine */
  readonly launcher?: 'local' | undefined;
  /** Name of the cluster in its profile. @defaultValue a new one */
  readonly clusterId?: string | undefined;
  /** Folder of its files. @defaultValue `$IPP_PROFILE_DIR`, else `~/.ipython/profile_default` */
  readonly profileDir?: string | undefined;
  /** Folder in which the engines start. @defaultValue this process's */
  readonly cwd?: string | undefined;
  /** Environment of the engines, over this process's own. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /**
   * With whom the cluster ends; null for one that runs until it is stopped, and that every notebook of
   * this user finds.
   *
   * @defaultValue this process
   */
  readonly owner?: Owner | null | undefined;
  /** Opens TCP ports beside the ipc sockets. @defaultValue false; true when `ip` is given */
  readonly tcp?: boolean | undefined;
  /** Address to listen at, `*` for all. @defaultValue `127.0.0.1` */
  readonly ip?: string | undefined;
  /** Encrypts TCP and keeps strangers out. @defaultValue true */
  readonly curve?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For all engines to be ready. @defaultValue 60000 */
  readonly timeoutMs?: number | undefined;
}

/** Defaults filled in. @throws {@link ParallelError} `BAD_ARGUMENT`, with the value. */
export function supervisorOptionsOf(options: ClusterOptions): SupervisorOptions {
  const { n = usableCores(), clusterId = newClusterId() } = options;
  const launcher: string = options.launcher ?? 'local';
  const { profileDir = defaultProfileDir(), cwd = process.cwd(), owner = thisScript() } = options;
  checkCount(n);
  checkClusterId(clusterId);
  if (launcher !== 'local') {
    throw badArgument(`Expected \`launcher\` to be 'local', got ${JSON.stringify(launcher)}.`);
  }
  return {
    n,
    clusterId,
    profileDir: resolve(profileDir),
    cwd: resolve(cwd),
    ...(owner === null ? {} : { owner }),
    ...tcpOf(options),
  };
}

/** @throws {@link ParallelError} `BAD_ARGUMENT`. */
export function checkCount(n: number): void {
  if (Number.isSafeInteger(n) && n >= 0) return;
  throw badArgument(`Expected \`n\` to be a whole number of engines, got ${String(n)}.`);
}

/** It becomes part of file names. @throws {@link ParallelError} `BAD_ARGUMENT`. */
export function checkClusterId(clusterId: string): void {
  if (/^[\w.-]{0,100}$/.test(clusterId)) return;
  throw badArgument(
    `Expected the cluster id to be of letters, digits, '-', '_' and '.', got '${clusterId}'.`,
  );
}

function tcpOf({
  ip,
  tcp = ip !== undefined,
  curve = true,
}: ClusterOptions): Pick<SupervisorOptions, 'tcp'> {
  return tcp ? { tcp: { ip: ip ?? '127.0.0.1', curve } } : {};
}

function thisScript(): Owner {
  return { id: `script-${process.pid}`, kind: 'script' };
}

function badArgument(message: string): ParallelError {
  return new ParallelError('BAD_ARGUMENT', message);
}
