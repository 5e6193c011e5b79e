import { ParallelError } from '../base/errors.js';
import { Client } from '../client/client.js';
import { Cluster } from '../cluster/cluster.js';
import { resolveCluster } from '../cluster/resolve-cluster.js';
import { namedProfile } from '../wire/cluster-files.js';
import { enginesOf } from './cluster-wording.js';
import type { Notebook } from './notebook.js';

/** Which cluster of this user is meant: ours, or one that ipyparallel's `ipcluster` started. */
export interface ConnectChoice {
  /** @defaultValue the one without an id */
  readonly clusterId?: string;
  /** Name of the IPython profile that holds its files. @defaultValue that of the notebook */
  readonly profile?: string;
  /** Folder of the profile, instead of its name. */
  readonly profileDir?: string;
  /** Path of a connection file for clients, instead of all these. */
  readonly connectionFile?: string;
}

/** A connection, and the cluster when it is the notebook's own. */
export interface Link {
  readonly client: Client;
  readonly clusterId: string;
  readonly own: Cluster | undefined;
  readonly isNew: boolean;
}

/** The clusters that a notebook can take, and the ways to one; which of them it has is not known here. */
export class NotebookClusters {
  readonly #kernelId: string;
  readonly #notebook: Notebook;
  readonly #profileDir: string;

  constructor(options: { kernelId: string; notebook: Notebook; profileDir: string }) {
    this.#kernelId = options.kernelId;
    this.#notebook = options.notebook;
    this.#profileDir = options.profileDir;
  }

  /** The cluster to use when nothing names one. @throws {@link ParallelError} `SEVERAL_CLUSTERS`. */
  async resolve(): ReturnType<typeof resolveCluster> {
    try {
      return await resolveCluster({
        ownerId: this.#kernelId,
        profileDir: this.#profileDir,
      });
    } catch (error) {
      if (!(error instanceof ParallelError) || error.code !== 'SEVERAL_CLUSTERS') throw error;
      throw new ParallelError(
        'SEVERAL_CLUSTERS',
        `${error.message} \`await px.connect({ clusterId: '…' })\` takes one of them, ` +
          '`await px.start()` starts one for this notebook.',
        { cause: error },
      );
    }
  }

  /**
   * The cluster that this notebook used before its kernel was restarted: `own`, or the id of a shared one
   * that has records of it.
   */
  async usedBefore(signal: AbortSignal): Promise<{ own: true } | { shared: string } | undefined> {
    const clusters = (await Cluster.list(this.#profileDir)).filter(({ kind }) => kind === 'pxlab');
    if (clusters.some(({ owner, state }) => owner?.id === this.#kernelId && state === 'running')) {
      return { own: true };
    }
    const shared = clusters
      .filter(({ owner, state }) => owner === undefined && reachable.includes(state))
      .map(({ clusterId }) => clusterId);
    const known = await Promise.all(shared.map((clusterId) => this.#isKnownTo(clusterId, signal)));
    const used = shared.find((_, index) => known[index]);
    return used === undefined ? undefined : { shared: used };
  }

  /** Connects to a cluster that runs, whoever started it. */
  async join(choice: ConnectChoice, signal: AbortSignal): Promise<Link> {
    const { clusterId = '', connectionFile, profile } = choice;
    const profileDir =
      choice.profileDir ?? (profile === undefined ? this.#profileDir : namedProfile(profile));
    const client = await Client.connect(
      connectionFile === undefined ? { clusterId, profileDir, signal } : { connectionFile, signal },
    );
    return { client, clusterId, own: undefined, isNew: false };
  }

  /** The cluster that the kernel of this id started before it was restarted. */
  async reclaim(signal: AbortSignal): Promise<Link | undefined> {
    const kernelId = this.#kernelId;
    const all = await Cluster.list(this.#profileDir);
    const left = all.find(({ owner, state }) => owner?.id === kernelId && state === 'running');
    if (left === undefined) return undefined;
    try {
      const own = await Cluster.reclaim(left, { id: kernelId, kind: 'kernel' });
      const client = await own.connect({ signal });
      return { client, clusterId: own.clusterId, own, isNew: false };
    } catch (error) {
      if (error instanceof ParallelError && gone.includes(error.code)) return undefined;
      throw error;
    }
  }

  /** Starts one that ends with the notebook. */
  async start(n: number | undefined, signal: AbortSignal): Promise<Link> {
    const notebook = this.#notebook;
    const own = await Cluster.start({
      n,
      owner: { id: this.#kernelId, kind: 'kernel' },
      profileDir: this.#profileDir,
      cwd: notebook.resolveFrom,
      signal,
    });
    try {
      const client = await own.connect({ signal });
      if (n === undefined)
        notebook.tell(`Started a cluster of this notebook: ${enginesOf(client)}.`);
      return { client, clusterId: own.clusterId, own, isNew: true };
    } catch (error) {
      await own.stop();
      throw error;
    }
  }

  async #isKnownTo(clusterId: string, signal: AbortSignal): Promise<boolean> {
    try {
      const profileDir = this.#profileDir;
      await using client = await Client.connect({ clusterId, profileDir, signal, timeoutMs: 2000 });
      return (await client.recordedCalls(this.#kernelId)).length > 0;
    } catch {
      return false; // whoever needs that cluster is told
    }
  }
}

/** States of a cluster that is worth asking. */
const reachable: readonly string[] = ['running', 'elsewhere'];

/** Reasons for which a cluster that was found is not there any more. */
const gone: readonly string[] = ['CLUSTER_NOT_FOUND', 'CLUSTER_NOT_RUNNING'];
