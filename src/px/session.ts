import type { AsyncResult } from '../client/async-result.js';
import type { Client } from '../client/client.js';
import type { Compiler } from '../compiler/compiler.js';
import type { Declarations } from '../wire/cell.js';
import { ActivatedViews } from './activated-views.js';
import {
  ClusterLink,
  type LinkedCluster,
  type StartOptions,
  type WaitOptions,
} from './cluster-link.js';
import { type EngineCell, EngineCells } from './engine-cells.js';
import type { Notebook } from './notebook.js';

export interface SessionOptions {
  /** The same after a restart of the kernel: by it the notebook finds its cluster again. */
  readonly kernelId: string;
  readonly notebook: Notebook;
  readonly compiler: Compiler;
  /** @defaultValue `$IPP_PROFILE_DIR`, else `~/.ipython/profile_default` */
  readonly profileDir?: string;
  /** Told which cluster the notebook has taken, and with undefined that it has none any more. */
  readonly onLink?: (link: LinkedCluster | undefined) => void;
}

/** A notebook and its cluster: what `px` and the magics work on. Nothing is started before it is needed. */
export class NotebookSession implements AsyncDisposable {
  readonly notebook: Notebook;
  /** The views that have magics of their own. */
  readonly views: ActivatedViews = new ActivatedViews();
  readonly #link: ClusterLink;
  readonly #cells: EngineCells;
  readonly #results: AsyncResult<unknown[]>[] = [];

  constructor(options: SessionOptions) {
    this.notebook = options.notebook;
    this.#cells = new EngineCells(options);
    this.#link = new ClusterLink({
      ...options,
      onConnect: (client, isNew) => this.#watch(client, isNew),
    });
  }

  /**
   * The connection to this notebook's cluster: its own, else the only shared one, else one that is started
   * now, with as many engines as there are cores to use.
   *
   * @param options - `signal` gives up waiting; a start that nobody waits for is undone.
   * @throws {@link ParallelError} `SEVERAL_CLUSTERS`, `START_FAILED`.
   */
  client(options: WaitOptions = {}): Promise<Client> {
    return this.#link.client(options);
  }

  /** The connection, if there is one now. */
  get connected(): Client | undefined {
    return this.#link.connected;
  }

  /** True when the cluster is this notebook's own. */
  get ownsCluster(): boolean {
    return this.#link.isOwner;
  }

  /** Sees to it that this notebook has a cluster of its own, with `n` engines at least. */
  start(options: StartOptions & WaitOptions = {}): Promise<Client> {
    return this.#link.start(options);
  }

  /** Takes a cluster of this user that runs, whoever started it; leaves the one before. */
  connect(options: { readonly clusterId: string } & WaitOptions): Promise<Client> {
    return this.#link.connect(options);
  }

  /** Ends the notebook's own cluster, or leaves a shared one. */
  async stop(): Promise<void> {
    await this.#link.stop();
    this.#cells.known.clear();
  }

  /**
   * Runs TypeScript on engines.
   *
   * @returns The result in an object: a promise of the result itself would be one of its values.
   * @throws {@link TypeScriptError} before anything is sent, and what {@link client} throws.
   */
  async executeOnEngines(
    cell: EngineCell,
    options: WaitOptions = {},
  ): Promise<{ result: AsyncResult<unknown[]> }> {
    const client = await this.client(options);
    const sent = await this.#cells.execute(client, cell, options);
    this.#results.push(sent.result);
    if (this.#results.length > resultsKept) this.#results.shift();
    return sent;
  }

  /** Sets variables on all engines, typed as the notebook knows them. */
  async push(values: Readonly<Record<string, unknown>>, options: WaitOptions = {}): Promise<void> {
    await this.#cells.push(await this.client(options), values, options);
  }

  /** What the engines declare together: the types of `px.pull`, and what cells of the notebook may name. */
  get engineDeclarations(): Declarations {
    return this.#cells.known.merged;
  }

  /** Results of the last cells for engines, oldest first. */
  get results(): readonly AsyncResult<unknown[]>[] {
    return this.#results;
  }

  /** The kernel ends; with `restart` another one of the same id takes the cluster over. */
  close(options: { readonly restart?: boolean } = {}): Promise<void> {
    return this.#link.close(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #watch(client: Client, isNew: boolean): void {
    const { known } = this.#cells;
    known.clear();
    client.onEngineChange((change) => {
      if (change.type === 'engine-lost') known.forget(change.engine);
    });
    client.onClose(() => known.clear());
    if (!isNew) this.#cells.learn(client);
  }
}

/** Each keeps what its engines showed. */
const resultsKept = 20;
