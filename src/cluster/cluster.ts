import { resolve } from 'node:path';
import { systemClock } from '../base/clock.js';
import { ParallelError } from '../base/errors.js';
import { Client, type ConnectOptions } from '../client/client.js';
import type { Child } from '../process/child.js';
import { endProcess } from '../process/end-process.js';
import { livenessOf } from '../process/process-identity.js';
import { type ClusterLocation, profileDir as defaultProfileDir } from '../wire/cluster-files.js';
import { type ClusterStatus } from '../wire/cluster-requests.js';
import { type ClusterSummary, listClusters, summaryOf } from './cluster-list.js';
import { checkCount, type ClusterOptions, supervisorOptionsOf } from './cluster-options.js';
import { readRecord } from './cluster-record.js';
import { launch, supervisorGraceMs } from './launch.js';
import type { Owner } from './lease-state.js';
import { OwnerLease } from './owner-lease.js';
import { remedyElsewhere } from './reach.js';
import { isUsable } from './resolve-cluster.js';
import { sweepIfDead } from './sweep.js';

/**
 * A group of engines with its controller. One that this process started ends with it, however it ends;
 * one that was found goes on.
 *
 * @example
 * ```ts
 * await using cluster = await Cluster.start({ n: 4 });
 * await using client = await cluster.connect();
 * await client.direct('all').execute('process.pid');
 * ```
 */
export class Cluster implements AsyncDisposable {
  readonly clusterId: string;
  readonly profileDir: string;
  /** Resolves when a cluster of ours has ended, by `stop` or because its supervisor died. */
  readonly ended: Promise<void>;
  readonly #lease: OwnerLease | undefined;
  readonly #supervisor: Child | undefined;
  #stopping: Promise<void> | undefined;

  /**
   * Starts a cluster; resolves when all its engines are ready.
   *
   * @throws {@link ParallelError} `BAD_ARGUMENT`, `ALREADY_STARTED`, `START_FAILED`, `ADDRESS_IN_USE`,
   *   `CONNECTION_FILE` or `TIMEOUT`; nothing is left then.
   */
  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    const { signal, env, timeoutMs = 60_000 } = options;
    signal?.throwIfAborted();
    const settled = supervisorOptionsOf(options);
    const launchOptions = { env: { ...process.env, ...env }, signal, timeoutMs };
    return new Cluster(settled, await launch(settled, launchOptions));
  }

  /**
   * A cluster that runs already, by its id.
   *
   * @throws {@link ParallelError} `CLUSTER_NOT_FOUND`, or `CLUSTER_NOT_RUNNING` when it left its files.
   */
  static async find(location: Partial<ClusterLocation> = {}): Promise<Cluster> {
    const { clusterId = '', profileDir = defaultProfileDir() } = location;
    const found = await summaryOf({ clusterId, profileDir: resolve(profileDir) });
    if (found === undefined) throw notFound(clusterId, profileDir);
    if (found.state === 'dead') throw notRunning(clusterId);
    if (found.state === 'elsewhere' && !isUsable(found)) throw notReachable(found);
    return new Cluster(found);
  }

  /**
   * Takes a cluster again that this owner started earlier, within the time that it waits for that.
   *
   * @throws {@link ParallelError} `CLUSTER_NOT_FOUND` or `CLUSTER_NOT_RUNNING`.
   */
  static async reclaim(location: ClusterLocation, owner: Owner): Promise<Cluster> {
    const record = await readRecord(location);
    if (record === undefined) throw notFound(location.clusterId, location.profileDir);
    return new Cluster(record, { lease: await OwnerLease.hold(record.leasePath, owner) });
  }

  /** Every cluster that has files in the profile, whether it runs or not. */
  static list(profileDir: string = defaultProfileDir()): Promise<ClusterSummary[]> {
    return listClusters(resolve(profileDir));
  }

  private constructor(
    { clusterId, profileDir }: ClusterLocation,
    ours: { lease?: OwnerLease | undefined; supervisor?: Child } = {},
  ) {
    this.clusterId = clusterId;
    this.profileDir = profileDir;
    this.#lease = ours.lease;
    this.#supervisor = ours.supervisor;
    this.ended = this.#watch();
  }

  /** A client of this cluster. */
  connect(options: Omit<ConnectOptions, keyof ClusterLocation> = {}): Promise<Client> {
    const { clusterId, profileDir } = this;
    return Client.connect({ ...options, clusterId, profileDir });
  }

  /** Starts `n` more engines; resolves when they are ready. */
  async startEngines(n: number): Promise<void> {
    checkCount(n);
    await this.#request({ action: 'start-engines', n });
  }

  /** How the cluster stands: its engines, and the last that died, with how. */
  status(): Promise<ClusterStatus> {
    return this.#request({ action: 'status' });
  }

  /** Says that the owner ends now and comes back; see {@link Cluster.reclaim}. */
  announceRestart(): void {
    this.#lease?.announceRestart();
  }

  /** Ends engines and supervisor and removes the cluster's files. Idempotent. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    if (this.#lease === undefined) {
      await this.#end({ graceMs: supervisorGraceMs });
      return;
    }
    this.#supervisor?.ref();
    this.#lease.release();
    const patience = new AbortController();
    const late = systemClock.sleep(supervisorGraceMs, patience.signal).then(() => 'late' as const);
    if ((await Promise.race([this.ended, late])) === 'late') await this.#end({ graceMs: 0 });
    patience.abort();
    await this.#supervisor?.exited;
  }

  /** Ends it by a signal to its supervisor, or from another host by a request. */
  async #end(options: { graceMs: number }): Promise<void> {
    const record = await readRecord(this);
    if (record === undefined) return;
    if ((await livenessOf(record.supervisor)) === 'elsewhere') {
      await using client = await this.connect();
      await client.shutdown({ hub: true });
      return;
    }
    await endProcess(record.supervisor, options);
    await sweepIfDead(this);
  }

  /** Removes what a supervisor that died left behind; one that stopped in order left nothing. */
  async #watch(): Promise<void> {
    if (this.#lease === undefined) return new Promise(() => undefined);
    await this.#lease.ended;
    await this.#supervisor?.exited;
    await sweepIfDead(this);
  }

  async #request(request: { action: string; n?: number }): Promise<ClusterStatus> {
    await using client = await this.connect();
    return (await client.clusterRequest(request)) as unknown as ClusterStatus;
  }
}

function notFound(clusterId: string, profileDir: string): ParallelError {
  return new ParallelError(
    'CLUSTER_NOT_FOUND',
    `There is no cluster '${clusterId}' in ${profileDir}. Start one with \`pxcluster start -n 4\`.`,
  );
}

function notReachable({ clusterId, host = '' }: ClusterSummary): ParallelError {
  return new ParallelError(
    'CLUSTER_NOT_RUNNING',
    `The cluster '${clusterId}' was started on the host ${host} and does not answer from here. ` +
      `${remedyElsewhere(host)} Else have it listen for others, with \`pxcluster start --ip '*'\`.`,
  );
}

function notRunning(clusterId: string): ParallelError {
  return new ParallelError(
    'CLUSTER_NOT_RUNNING',
    `The cluster '${clusterId}' does not run any more, it only left its files. ` +
      'Remove them with `pxcluster clean`, and start another one.',
  );
}
