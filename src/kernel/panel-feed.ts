import { type FSWatcher, watch } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { type Clock, systemClock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import type { Closeable } from '../base/scope.js';
import { Client } from '../client/client.js';
import { type ClusterSummary, listClusters } from '../cluster/cluster-list.js';
import { usableCores } from '../process/usable-cores.js';
import { securityDir } from '../wire/cluster-files.js';
import type { ClusterState } from '../wire/cluster-state.js';
import type {
  PanelAnswer,
  PanelCommand,
  PanelRequest,
  PanelState,
} from '../wire/panel-messages.js';
import type { LinkedCluster } from '../px/cluster-link.js';
import { othersThan, type PanelChoice, panelChoice } from './panel-choice.js';
import { askCluster } from './panel-requests.js';

/** Files of a cluster change several times when it starts. */
const gatherMs = 100;
/** Until a cluster that is said to run and does not answer is tried again. */
const retryMs = 2000;
/** A main thread that did not answer by then is busy with a cell. */
const busyAfterMs = 1500;
/** How long its end waits for what it looks at. */
const closeLimitMs = 300;

/** The main thread, which alone can take a cluster for the notebook. */
export interface PanelMain {
  /** @param onTaken - Called when it begins, which may be after the cell that runs. */
  ask(command: MainCommand, onTaken: () => void): Promise<void>;
}

export type MainCommand = Extract<PanelCommand, { type: 'start' | 'connect' }>;

export interface PanelFeedOptions {
  readonly kernelId: string;
  readonly profileDir: string;
  readonly log: Logger;
  readonly push: (state: PanelState) => void;
  readonly main: PanelMain;
  readonly clock?: Clock;
}

interface Watched extends PanelChoice {
  readonly client: Client;
}

/**
 * What the panel shows, as it changes: the notebook's cluster by a connection of its own, which goes on
 * while the main thread is busy, and the other clusters of this user by their files.
 */
export class PanelFeed implements Closeable {
  readonly #options: PanelFeedOptions;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  /** Read once: the files of control groups are not for every push. */
  readonly #usableCores = usableCores();
  #files: FSWatcher | undefined;
  #clusters: readonly ClusterSummary[] = [];
  #link: LinkedCluster | undefined;
  #watched: Watched | undefined;
  #state: ClusterState | undefined;
  #pending: PanelState['pending'];
  #notice: string | undefined;
  #refreshing: Promise<void> | undefined;
  #isStale = false;
  #isRetryDue = false;
  #isReady = false;

  constructor(options: PanelFeedOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Begins to look. What it finds is pushed. */
  async open(link: LinkedCluster | undefined): Promise<void> {
    this.#link = link;
    await this.#watchFiles();
    this.#refresh();
  }

  /** The main thread took a cluster, or has left it. */
  linkChanged(link: LinkedCluster | undefined): void {
    this.#link = link;
    this.#refresh();
  }

  /** Pushes the state once more, for one who has just come. */
  tell(): void {
    if (this.#isReady && !this.#closing.signal.aborted) this.#options.push(this.#panelState());
  }

  async handle({ id, ...command }: PanelRequest): Promise<PanelAnswer> {
    try {
      const note = await this.#do(command);
      return { type: 'answer', id, status: 'ok', ...(note === undefined ? {} : { note }) };
    } catch (error) {
      return { type: 'answer', id, status: 'error', message: messageOf(error) };
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#files?.close();
    // Asking clusters of other hosts whether they live may take longer than a kernel has to leave.
    const over = new AbortController();
    await Promise.race([this.#refreshing, this.#clock.sleep(closeLimitMs, over.signal)]);
    over.abort();
    await this.#unwatch();
  }

  async #do(command: PanelCommand): Promise<string | undefined> {
    switch (command.type) {
      case 'start':
        return this.#during('starting', () =>
          this.#ask({ ...command, n: command.n ?? this.#usableCores }),
        );
      case 'connect':
        return this.#during('connecting', () => this.#ask(command));
      case 'stop':
        return this.#during('stopping', () => askCluster(this.#watched?.client, command));
      case 'add-engines':
      case 'interrupt':
      case 'restart-engine':
      case 'stop-engine':
        return askCluster(this.#watched?.client, command);
    }
  }

  async #during(
    pending: NonNullable<PanelState['pending']>,
    work: () => Promise<string | undefined>,
  ): Promise<string | undefined> {
    this.#pending = pending;
    this.#notice = undefined;
    this.tell();
    try {
      return await work();
    } finally {
      this.#pending = undefined;
      this.#refresh();
    }
  }

  async #ask(command: MainCommand): Promise<undefined> {
    const taken = new AbortController();
    void this.#clock.sleep(busyAfterMs, taken.signal).then(() => {
      if (taken.signal.aborted) return;
      this.#notice = 'The kernel is busy: this is done when the cell that runs awaits or ends.';
      this.tell();
    }); // the clock does not reject
    const onTaken = (): void => {
      taken.abort();
      this.#notice = undefined;
    };
    await this.#options.main.ask(command, onTaken).finally(onTaken);
  }

  async #watchFiles(): Promise<void> {
    const folder = securityDir(this.#options);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      this.#files = watch(folder, { persistent: false }, () => this.#refresh());
      this.#files.on('error', () => this.#files?.close());
    } catch (error) {
      this.#options.log.warn('clusters not watched', { folder, error: messageOf(error) });
    }
  }

  /** Looks anew, once more when something changes meanwhile. */
  #refresh(): void {
    this.#isStale = true;
    this.#refreshing ??= this.#refreshAll();
  }

  async #refreshAll(): Promise<void> {
    const { signal } = this.#closing;
    while (this.#isStale && !signal.aborted) {
      if (this.#isReady) await this.#clock.sleep(gatherMs, signal);
      this.#isStale = false;
      await this.#refreshOnce().catch((error: unknown) => {
        this.#options.log.warn('clusters not listed', { error: messageOf(error) });
      });
      this.#isReady = true;
      this.tell();
    }
    this.#refreshing = undefined;
  }

  async #refreshOnce(): Promise<void> {
    const { kernelId, profileDir } = this.#options;
    this.#clusters = await listClusters(profileDir);
    const chosen = panelChoice(this.#clusters, { kernelId, link: this.#link });
    if (isSame(chosen, this.#watched) && this.#watched?.client.isClosed !== true) {
      if (chosen !== undefined && this.#watched !== undefined) {
        this.#watched = { ...this.#watched, ...chosen };
      }
      return;
    }
    await this.#unwatch();
    if (chosen !== undefined) await this.#watch(chosen);
  }

  async #watch(chosen: PanelChoice): Promise<void> {
    const { clusterId, connectionFile } = chosen;
    const { profileDir } = this.#options;
    const { signal } = this.#closing;
    try {
      const onState = (state: ClusterState): void => {
        this.#state = state;
        this.tell();
      };
      this.#state = undefined; // the first may be pushed before the connection is complete
      const choice = connectionFile === undefined ? { clusterId, profileDir } : { connectionFile };
      const client = await Client.connect({ ...choice, signal, onState });
      this.#watched = { ...chosen, client };
      this.#notice = undefined;
      client.onClose((reason) => this.#ended(client, reason));
      // A controller that is not ours pushes no more than that.
      this.#state ??= stateOf(client);
      client.onEngineChange(() => this.#enginesChanged(client));
    } catch (error) {
      if (signal.aborted) return;
      this.#notice = messageOf(error);
      this.#retryLater();
    }
  }

  /** However many tries fail meanwhile, the next is one. */
  #retryLater(): void {
    if (this.#isRetryDue) return;
    this.#isRetryDue = true;
    void this.#clock.sleep(retryMs, this.#closing.signal).then(() => {
      this.#isRetryDue = false;
      this.#refresh();
    }); // the clock does not reject
  }

  #enginesChanged(client: Client): void {
    if (this.#watched?.client !== client || client.isOurs) return;
    this.#state = stateOf(client);
    this.tell();
  }

  #ended(client: Client, reason: Error): void {
    if (this.#watched?.client !== client) return; // we left it
    this.#watched = undefined;
    this.#state = undefined;
    this.#notice = reason.message;
    this.#refresh();
  }

  async #unwatch(): Promise<void> {
    const watched = this.#watched;
    this.#watched = undefined;
    this.#state = undefined;
    await watched?.client.close();
  }

  #panelState(): PanelState {
    const watched = this.#watched;
    const { engines = [], deaths = [] } = this.#state ?? {};
    const cluster =
      watched === undefined
        ? null
        : {
            clusterId: watched.clusterId,
            ownership: watched.ownership,
            profileDir: this.#options.profileDir,
            engines,
            deaths,
          };
    return {
      cluster,
      others: othersThan(this.#clusters, watched?.clusterId),
      usableCores: this.#usableCores,
      ...(this.#pending === undefined ? {} : { pending: this.#pending }),
      ...(this.#notice === undefined ? {} : { notice: this.#notice }),
    };
  }
}

function isSame(chosen: PanelChoice | undefined, watched: Watched | undefined): boolean {
  if (chosen === undefined || watched === undefined) return chosen === watched;
  const { clusterId, connectionFile = watched.client.connectionFile } = chosen;
  return clusterId === watched.clusterId && connectionFile === watched.client.connectionFile;
}

/** What any controller tells of its engines. */
function stateOf({ engines }: Client): ClusterState {
  return { engines: engines.map((engine) => ({ ...engine, queued: 0, completed: 0 })), deaths: [] };
}
