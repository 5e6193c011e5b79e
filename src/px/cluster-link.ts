import { ParallelError } from '../base/errors.js';
import { Client } from '../client/client.js';
import { Cluster } from '../cluster/cluster.js';
import { resolveCluster } from '../cluster/resolve-cluster.js';
import { namedProfile, profileDir as defaultProfileDir } from '../wire/cluster-files.js';
import type { Notebook } from './notebook.js';
import { addMissing } from './add-missing.js';
import { enginesOf, foundAgain, nameOf } from './cluster-wording.js';
import { Opening } from './opening.js';

export interface StartOptions {
  /** Number of engines. @defaultValue as many as there are cores to use */
  readonly n?: number;
}

export interface LinkOptions {
  readonly kernelId: string;
  readonly notebook: Notebook;
  readonly profileDir?: string;
  /** Called with each new connection; `isNew` when its cluster was started for it. */
  readonly onConnect: (client: Client, isNew: boolean) => void;
  /** Called with the cluster that was taken, and with undefined when it is left or has ended. */
  readonly onLink?: ((link: LinkedCluster | undefined) => void) | undefined;
}

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

/** The cluster of a notebook. */
export interface LinkedCluster {
  readonly clusterId: string;
  readonly connectionFile: string;
  /** It ends with the notebook. */
  readonly isOwner: boolean;
}

/** A connection, and the cluster when it is the notebook's own. */
interface Link {
  readonly client: Client;
  readonly clusterId: string;
  readonly own: Cluster | undefined;
  readonly isNew: boolean;
}

/** Every wait can be given up. */
export interface WaitOptions {
  readonly signal?: AbortSignal;
}

/**
 * The notebook's link to one cluster: found or started at the first use, found or started anew after its
 * cluster has ended. However many ask at once, one cluster is started.
 */
export class ClusterLink {
  readonly #options: LinkOptions;
  readonly #profileDir: string;
  #link: Link | undefined;
  #opening: Opening<Link> | undefined;
  /** Aborted by the next `stop`, which undoes what was asked for before it. */
  #era = new AbortController();
  /** A line for the next cell that uses the cluster. */
  #untold: string | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#profileDir = options.profileDir ?? defaultProfileDir();
  }

  get connected(): Client | undefined {
    return this.#link?.client;
  }

  get isOwner(): boolean {
    return this.#link?.own !== undefined;
  }

  /** Connects to the notebook's own cluster, else to the only shared one, else to one that it starts. */
  async client({ signal }: WaitOptions = {}): Promise<Client> {
    signal?.throwIfAborted();
    this.#tellUntold();
    if (this.#link !== undefined) return this.#link.client;
    const until = this.#untilStop(signal);
    return (await this.#open((opening) => this.#findOrStart(opening), until)).client;
  }

  /** Connects to the notebook's own cluster, and starts what is missing of it. */
  async start({ n, signal }: StartOptions & WaitOptions = {}): Promise<Client> {
    signal?.throwIfAborted();
    const until = this.#untilStop(signal);
    this.#tellUntold();
    // A first use that goes on, whatever it comes to.
    while (this.#opening !== undefined) await this.#opening.settled;
    until.throwIfAborted();
    const link = this.#link;
    const { own, client } =
      link?.own === undefined
        ? await this.#open((opening) => this.#startInstead(n, opening), until)
        : link;
    if (own !== undefined && n !== undefined) {
      await addMissing(own, client, { n, signal: until });
      if (client.ids.length > n)
        this.#tell(`This notebook's cluster has ${enginesOf(client)} already.`);
    }
    return client;
  }

  /**
   * Connects to a cluster of this user that runs, whoever started it. The one before is left when the other
   * one has answered: it is not lost to a name that was mistyped.
   */
  async connect({ signal, ...choice }: ConnectChoice & WaitOptions): Promise<Client> {
    const until = this.#untilStop(signal);
    while (this.#opening !== undefined) await this.#opening.settled;
    until.throwIfAborted();
    const join = (opening: AbortSignal): Promise<Link> => this.#joinInstead(choice, opening);
    return (await this.#open(join, until)).client;
  }

  async #startInstead(n: number | undefined, signal: AbortSignal): Promise<Link> {
    await this.#leave();
    return this.#reclaimOrStart(n, signal);
  }

  async #joinInstead(choice: ConnectChoice, signal: AbortSignal): Promise<Link> {
    const link = await this.#join(choice, signal);
    const current = this.#link;
    if (
      current?.own !== undefined &&
      current.client.connectionFile === link.client.connectionFile
    ) {
      await link.client.close();
      return current;
    }
    await this.#leave().catch(async (error: unknown) => {
      await link.client.close();
      throw error;
    });
    return link;
  }

  /**
   * Connects to the cluster that this notebook used before its kernel was restarted: its own, else a shared
   * one that has records of it. Undefined when there is none; starts nothing.
   */
  async find({ signal }: WaitOptions = {}): Promise<Client | undefined> {
    const until = this.#untilStop(signal);
    const open = await this.#opener(until);
    await this.#opening?.settled;
    if (this.#link !== undefined || open === undefined) return this.#link?.client;
    return (await this.#open(open, until)).client;
  }

  async #opener(
    signal: AbortSignal,
  ): Promise<((opening: AbortSignal) => Promise<Link>) | undefined> {
    const { kernelId } = this.#options;
    const clusters = (await Cluster.list(this.#profileDir)).filter(({ kind }) => kind === 'pxlab');
    if (clusters.some(({ owner, state }) => owner?.id === kernelId && state === 'running')) {
      return (opening) => this.#reclaimQuietly(opening);
    }
    const shared = clusters
      .filter(({ owner, state }) => owner === undefined && reachable.includes(state))
      .map(({ clusterId }) => clusterId);
    const known = await Promise.all(shared.map((clusterId) => this.#isKnownTo(clusterId, signal)));
    const used = shared.find((_, index) => known[index]);
    return used === undefined ? undefined : (opening) => this.#join({ clusterId: used }, opening);
  }

  async #isKnownTo(clusterId: string, signal: AbortSignal): Promise<boolean> {
    try {
      const profileDir = this.#profileDir;
      await using client = await Client.connect({ clusterId, profileDir, signal, timeoutMs: 2000 });
      return (await client.recordedCalls(this.#options.kernelId)).length > 0;
    } catch {
      return false; // whoever needs that cluster is told
    }
  }

  async #join(choice: ConnectChoice, signal: AbortSignal): Promise<Link> {
    const { clusterId = '', connectionFile, profile } = choice;
    const profileDir =
      choice.profileDir ?? (profile === undefined ? this.#profileDir : namedProfile(profile));
    const client = await Client.connect(
      connectionFile === undefined ? { clusterId, profileDir, signal } : { connectionFile, signal },
    );
    return { client, clusterId, own: undefined, isNew: false };
  }

  /** Ends the notebook's own cluster, leaves one that is shared. Idempotent. */
  async stop(): Promise<void> {
    this.#untold = undefined;
    const reason = new ParallelError('ABORTED', 'px.stop() was called meanwhile.');
    this.#era.abort(reason);
    this.#era = new AbortController();
    this.#opening?.abort(reason);
    await this.#opening?.settled;
    await this.#leave();
  }

  /** The kernel ends. With `restart`, the cluster waits for the next one. */
  async close({ restart = false }: { restart?: boolean } = {}): Promise<void> {
    this.#era.abort(new ParallelError('ABORTED', 'The kernel ends.'));
    if (!restart) {
      await this.stop();
      return;
    }
    this.#link?.own?.announceRestart();
    await this.#link?.client.close();
  }

  async #leave(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    if (link !== undefined) this.#options.onLink?.(undefined);
    await link?.client.close();
    await link?.own?.stop();
  }

  /** What is asked for now is given up by its caller, or by a `stop` that comes later. */
  #untilStop(signal: AbortSignal | undefined): AbortSignal {
    const { signal: era } = this.#era;
    return signal === undefined ? era : AbortSignal.any([era, signal]);
  }

  async #open(open: (signal: AbortSignal) => Promise<Link>, signal: AbortSignal): Promise<Link> {
    // One that everybody gave up is undone first.
    while (this.#opening?.isCancelled === true) await this.#opening.settled;
    signal.throwIfAborted();
    this.#opening ??= this.#begin(open);
    return this.#opening.wait(signal);
  }

  #begin(open: (signal: AbortSignal) => Promise<Link>): Opening<Link> {
    const opening = new Opening(async (signal) => {
      const link = await open(signal);
      this.#adopt(link);
      return link;
    });
    void opening.settled.then(() => {
      if (this.#opening === opening) this.#opening = undefined;
    }); // it never rejects
    return opening;
  }

  #adopt(link: Link): void {
    const { client, clusterId, own, isNew } = link;
    const { onConnect, onLink } = this.#options;
    if (link === this.#link) return;
    this.#link = link;
    onConnect(client, isNew);
    const { connectionFile } = client;
    onLink?.({ clusterId, connectionFile, isOwner: own !== undefined });
    client.onClose(() => {
      if (this.#link !== link) return;
      this.#link = undefined;
      onLink?.(undefined);
    });
  }

  async #findOrStart(signal: AbortSignal): Promise<Link> {
    const found = await this.#resolve();
    if (found === undefined) return this.#start(undefined, signal);
    if (found.owner !== undefined) return this.#reclaimOrStart(undefined, signal);
    const { clusterId } = found;
    const link = await this.#join({ clusterId }, signal);
    this.#tell(`Using ${nameOf(clusterId)} with ${enginesOf(link.client)}.`);
    return link;
  }

  async #resolve(): ReturnType<typeof resolveCluster> {
    try {
      return await resolveCluster({
        ownerId: this.#options.kernelId,
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

  async #reclaimOrStart(n: number | undefined, signal: AbortSignal): Promise<Link> {
    const found = await this.#reclaim(signal);
    if (found === undefined) return this.#start(n, signal);
    this.#tell(foundAgain(found.client));
    return found;
  }

  /** No cell runs that could be told: the next one that uses the cluster is. */
  async #reclaimQuietly(signal: AbortSignal): Promise<Link> {
    const found = await this.#reclaim(signal);
    if (found === undefined) throw new ParallelError('CLUSTER_NOT_RUNNING', 'It has just ended.');
    this.#untold = foundAgain(found.client);
    return found;
  }

  /** The cluster that the kernel of this id started before it was restarted. */
  async #reclaim(signal: AbortSignal): Promise<Link | undefined> {
    const { kernelId } = this.#options;
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

  async #start(n: number | undefined, signal: AbortSignal): Promise<Link> {
    const { kernelId, notebook } = this.#options;
    const own = await Cluster.start({
      n,
      owner: { id: kernelId, kind: 'kernel' },
      profileDir: this.#profileDir,
      cwd: notebook.resolveFrom,
      signal,
    });
    try {
      const client = await own.connect({ signal });
      if (n === undefined) this.#tell(`Started a cluster of this notebook: ${enginesOf(client)}.`);
      return { client, clusterId: own.clusterId, own, isNew: true };
    } catch (error) {
      await own.stop();
      throw error;
    }
  }

  #tellUntold(): void {
    if (this.#untold !== undefined) this.#tell(this.#untold);
    this.#untold = undefined;
  }

  #tell(line: string): void {
    this.#options.notebook.tell(line);
  }
}

/** States of a cluster that is worth asking. */
const reachable: readonly string[] = ['running', 'elsewhere'];

/** Reasons for which a cluster that was found is not there any more. */
const gone: readonly string[] = ['CLUSTER_NOT_FOUND', 'CLUSTER_NOT_RUNNING'];
