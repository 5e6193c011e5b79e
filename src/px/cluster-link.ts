import { ParallelError } from '../base/errors.js';
import type { Client } from '../client/client.js';
import { profileDir as defaultProfileDir } from '../wire/cluster-files.js';
import type { Notebook } from './notebook.js';
import { addMissing } from './add-missing.js';
import { enginesOf, foundAgain, nameOf } from './cluster-wording.js';
import { type ConnectChoice, type Link, NotebookClusters } from './notebook-clusters.js';
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

/** The cluster of a notebook. */
export interface LinkedCluster {
  readonly clusterId: string;
  readonly connectionFile: string;
  /** It ends with the notebook. */
  readonly isOwner: boolean;
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
  readonly #clusters: NotebookClusters;
  #link: Link | undefined;
  #opening: Opening<Link> | undefined;
  /** Aborted by the next `stop`, which undoes what was asked for before it. */
  #era = new AbortController();
  /** A line for the next cell that uses the cluster. */
  #untold: string | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    const { profileDir = defaultProfileDir() } = options;
    this.#clusters = new NotebookClusters({ ...options, profileDir });
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
    await this.#quiet(until);
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
    await this.#quiet(until);
    const join = (opening: AbortSignal): Promise<Link> => this.#joinInstead(choice, opening);
    return (await this.#open(join, until)).client;
  }

  /** Waits for a first use that goes on, whatever it comes to. */
  async #quiet(until: AbortSignal): Promise<void> {
    while (this.#opening !== undefined) await this.#opening.settled;
    until.throwIfAborted();
  }

  async #startInstead(n: number | undefined, signal: AbortSignal): Promise<Link> {
    await this.#leave();
    return this.#reclaimOrStart(n, signal);
  }

  async #joinInstead(choice: ConnectChoice, signal: AbortSignal): Promise<Link> {
    const link = await this.#clusters.join(choice, signal);
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
    const used = await this.#clusters.usedBefore(until);
    await this.#opening?.settled;
    if (this.#link !== undefined || used === undefined) return this.#link?.client;
    const open = (opening: AbortSignal): Promise<Link> =>
      'own' in used
        ? this.#reclaimQuietly(opening)
        : this.#clusters.join({ clusterId: used.shared }, opening);
    return (await this.#open(open, until)).client;
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
    const found = await this.#clusters.resolve();
    if (found === undefined) return this.#clusters.start(undefined, signal);
    if (found.owner !== undefined) return this.#reclaimOrStart(undefined, signal);
    const { clusterId } = found;
    const link = await this.#clusters.join({ clusterId }, signal);
    this.#tell(`Using ${nameOf(clusterId)} with ${enginesOf(link.client)}.`);
    return link;
  }

  async #reclaimOrStart(n: number | undefined, signal: AbortSignal): Promise<Link> {
    const found = await this.#clusters.reclaim(signal);
    if (found === undefined) return this.#clusters.start(n, signal);
    this.#tell(foundAgain(found.client));
    return found;
  }

  /** No cell runs that could be told: the next one that uses the cluster is. */
  async #reclaimQuietly(signal: AbortSignal): Promise<Link> {
    const found = await this.#clusters.reclaim(signal);
    if (found === undefined) throw new ParallelError('CLUSTER_NOT_RUNNING', 'It has just ended.');
    this.#untold = foundAgain(found.client);
    return found;
  }

  #tellUntold(): void {
    if (this.#untold !== undefined) this.#tell(this.#untold);
    this.#untold = undefined;
  }

  #tell(line: string): void {
    this.#options.notebook.tell(line);
  }
}
