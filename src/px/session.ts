import { randomUUID } from 'node:crypto';
import { systemClock } from '../base/clock.js';
import type { AsyncResult } from '../client/async-result.js';
import type { Client } from '../client/client.js';
import type { RecordedCall } from '../client/recall.js';
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
import type { ConnectChoice } from './notebook-clusters.js';
import type { Notebook } from './notebook.js';
import { type HistoryEntry, historyLimits, ResultHistory } from './result-history.js';

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
  readonly #kernelId: string;
  readonly #history = new ResultHistory();
  #recovery: Promise<void> | undefined;
  #recalling: Promise<void> = Promise.resolve();

  constructor(options: SessionOptions) {
    this.#kernelId = options.kernelId;
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
  connect(options: ConnectChoice & WaitOptions = {}): Promise<Client> {
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
    const title = titleOf(cell.code);
    const call = { id: randomUUID(), notebook: this.#kernelId, title };
    const sent = await this.#cells.execute(client, { ...cell, call }, options);
    const origin = { cell: cell.name, title, sentAt: new Date(), isFoundAgain: false };
    this.#history.add({ ...origin, result: sent.result });
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
    return this.#history.results;
  }

  /** The same, with where they came from. */
  get history(): readonly HistoryEntry[] {
    return this.#history.entries;
  }

  /**
   * Finds the cluster and the last results of this notebook again after a restart of its kernel: its own
   * cluster, or a shared one that has records of it. Looks once, starts nothing, takes a few seconds at
   * most, and never rejects; `signal` gives up the wait for it.
   */
  async recover({ signal }: WaitOptions = {}): Promise<void> {
    this.#recovery ??= this.#recover();
    await Promise.race([this.#recovery, ...(signal === undefined ? [] : [aborted(signal)])]);
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
    if (isNew) return;
    this.#cells.learn(client);
    this.#recalling = this.#recall(client).catch(() => undefined); // a cluster that is gone has no results
  }

  async #recover(): Promise<void> {
    const isOver = new AbortController();
    const find = async (): Promise<void> => {
      await this.#link.find({ signal: isOver.signal });
      await this.#recalling;
    };
    await Promise.race([
      find().catch(() => undefined), // the first use of the cluster tells what is wrong with it
      systemClock.sleep(recoveryLimitMs, isOver.signal),
    ]);
    isOver.abort();
  }

  /** Results of this notebook of which `client`'s cluster has records, and this session does not know. */
  async #recall(client: Client): Promise<void> {
    const recorded = await client.recordedCalls(this.#kernelId);
    const calls = recorded
      .filter(({ messageIds }) => !this.#history.has(messageIds))
      .slice(-historyLimits.maxResults);
    const loads = calls.map((call, index) => {
      const isLast = index === calls.length - 1;
      const { result, isLoaded } = client.recall(call, shareOf(call, isLast));
      const { cell, title, sentAt } = call;
      this.#history.add({ result, cell, title, sentAt, isFoundAgain: true });
      return isLoaded;
    });
    await Promise.all(loads);
  }
}

const recoveryLimitMs = 5000;

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** What is asked of each engine's outputs: half of the history's room is for the last call. */
function shareOf({ messageIds }: RecordedCall, isLast: boolean): number {
  const { maxCharacters, maxResults } = historyLimits;
  const ofCall = maxCharacters / 2 / (isLast ? 1 : maxResults);
  return ofCall / Math.max(messageIds.length, 1);
}

/** The first line with something in it. */
function titleOf(code: string): string {
  const line = code.split('\n').find((each) => each.trim() !== '') ?? '';
  const title = line.trim();
  return title.length > titleLimit ? `${title.slice(0, titleLimit - 1)}…` : title;
}

const titleLimit = 60;
