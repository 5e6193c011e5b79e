import type { AsyncResult } from '../client/async-result.js';
import type { Client } from '../client/client.js';
import type { InspectOptions } from '../client/debugging.js';
import type { DirectView } from '../client/direct-view.js';
import { ParallelError } from '../base/errors.js';
import type { Targets } from '../client/targets.js';
import type { StartOptions, WaitOptions } from './cluster-link.js';
import type { ConnectChoice } from './notebook-clusters.js';
import type { NotebookSession } from './session.js';
import { PxHistory } from './px-history.js';
import { PxInspectors } from './px-inspectors.js';
import { PxStacks } from './px-stacks.js';
import { PxStatus, readStatus } from './px-status.js';

export interface PullOptions {
  /** @defaultValue `'all'` */
  readonly targets?: Targets;
  /** Gives up waiting. */
  readonly signal?: AbortSignal;
  /** @defaultValue no limit */
  readonly timeoutMs?: number;
}

/**
 * `px` in a notebook: its engines, and what goes to them and comes from them.
 *
 * The type parameter holds the variables of the engines, as the `%%px` cells declared them: the kernel sets
 * it for each cell, so that `px.pull` is typed.
 *
 * @example
 * ```ts
 * await px.start({ n: 4 });
 * await px.push({ darts: 1_000_000 });
 * // %%px
 * const share = darts / px.size;
 * // and in the next cell of the notebook
 * await px.pull('share'); // number[]: [250000, 250000, 250000, 250000]
 * ```
 */
export class NotebookPx<Variables extends object = object> {
  readonly #clients = new WeakMap<Client, Client>();
  readonly #session: NotebookSession;

  /** @internal The kernel makes it. */
  constructor(session: NotebookSession) {
    this.#session = session;
  }

  /**
   * Sees to it that this notebook has a cluster of its own with `n` engines: starts one, or adds the engines
   * that are missing. A cluster that was started before a restart of the kernel is used again.
   *
   * A `%%px` cell starts a cluster too, when none is there.
   *
   * @param options - `n` is the number of engines, by default that of the cores to use.
   * @throws {@link ParallelError} `START_FAILED` with the reason.
   *
   * @example
   * ```ts
   * await px.start({ n: 4 });
   * px.client.ids; // [0, 1, 2, 3]
   * ```
   */
  async start(options: StartOptions = {}): Promise<void> {
    await this.#session.start({ ...options, ...this.#untilStop() });
  }

  /**
   * Takes a cluster of this user that runs: one that `pxcluster start` started, or one of Python engines
   * that ipyparallel's `ipcluster` did, whose `%%px` cells are Python. Needed where there are several, or
   * where it is in another profile.
   *
   * @throws {@link ParallelError} `CLUSTER_NOT_FOUND`, `CLUSTER_NOT_RUNNING`, `CONNECTION_REFUSED`.
   *
   * @example
   * ```ts
   * await px.connect({ clusterId: 'night' });
   * await px.connect({ profile: 'mpi' });
   * await px.connect({ connectionFile: '/shared/ipcontroller-client.json' });
   * ```
   */
  async connect(options: ConnectChoice = {}): Promise<void> {
    await this.#session.connect({ ...options, ...this.#untilStop() });
  }

  /** Ends the notebook's cluster with its engines; a shared cluster is only left, and goes on. */
  stop(): Promise<void> {
    return this.#session.stop();
  }

  /**
   * The connection to the notebook's cluster. Stop ends what the running cell started with it.
   *
   * @throws {@link ParallelError} `NOT_CONNECTED` before the first use.
   */
  get client(): Client {
    const connected = this.#session.connected;
    if (connected !== undefined) return this.#stoppable(connected);
    throw new ParallelError(
      'NOT_CONNECTED',
      'This notebook has no cluster yet: `await px.start({ n: 4 })` starts one, and so does a %%px cell.',
    );
  }

  /**
   * A view on all engines, those that come later included.
   *
   * @throws {@link ParallelError} `NOT_CONNECTED` before the first use.
   */
  get view(): DirectView {
    return this.client.direct('all');
  }

  /**
   * Sets variables on all engines. Values arrive as copies; Maps, Dates, typed arrays, BigInts arrive as such.
   * The types that the notebook knows of them go along: the engines' cells are checked against them.
   *
   * @throws {@link ParallelError} `CANNOT_SEND`, naming what cannot be sent, such as a function.
   *
   * @example
   * ```ts
   * const darts = 1_000_000;
   * await px.push({ darts });
   * ```
   */
  push(values: Readonly<Record<string, unknown>>): Promise<void> {
    return this.#session.push(values, this.#untilStop());
  }

  /**
   * The values of a variable of the engines, one an engine, in the order of the engines.
   *
   * @throws {@link ParallelError} `NO_SUCH_VARIABLE`, naming the engines that do not have it.
   *
   * @example
   * ```ts
   * const seeds = await px.pull('seed'); // number[]
   * const [first] = await px.pull('seed', { targets: 0 });
   * ```
   */
  pull<Name extends keyof Variables & string>(
    name: Name,
    options?: PullOptions,
  ): Promise<Variables[Name][]>;
  /** A variable of which this notebook does not know the type, for instance of another notebook. */
  pull<T = unknown>(name: string, options?: PullOptions): Promise<T[]>;
  async pull(name: string, options: PullOptions = {}): Promise<unknown[]> {
    const { targets = 'all', timeoutMs } = options;
    const wait = this.#untilStop(options.signal);
    const client = await this.#session.client(wait);
    const view = client.direct(listed(targets));
    return view.pull(name, { ...wait, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
  }

  /** Which engines there are and what they do, as text and as a table. */
  async status(): Promise<PxStatus> {
    const client = this.#session.connected;
    return new PxStatus(client && (await readStatus(client)), this.#session.ownsCluster);
  }

  /**
   * Where the code of engines is right now, in the cells' own lines: of a loop that does not end, too. They run
   * on meanwhile.
   *
   * @throws {@link ParallelError} `NOT_CONNECTED`, `NO_SUCH_ENGINE`.
   *
   * @example
   * ```ts
   * await px.stack(2); // Engine 2: runs Cell [3], for 12 s now, at Cell [3]:2:7 …
   * ```
   */
  async stack(targets: Targets = 'all'): Promise<PxStacks> {
    return new PxStacks(await this.client.stack(listed(targets)));
  }

  /**
   * Opens the debuggers of engines for Chrome, VS Code or another client of Node's inspector, and says how to
   * attach. Each listens on its own machine, for programs of that machine alone, any of which can run code there
   * as you until {@link closeInspectors}. It works while they run code. `%inspect` does it for the kernel.
   *
   * @throws {@link ParallelError} `NOT_CONNECTED`, `NO_SUCH_ENGINE`; when no engine could, why.
   *
   * @example
   * ```ts
   * await px.inspect(2);
   * ```
   */
  async inspect(targets: Targets = 'all', options: InspectOptions = {}): Promise<PxInspectors> {
    return new PxInspectors(await this.client.inspect(listed(targets), options));
  }

  /** Closes the debuggers of engines; what one of them has halted goes on. */
  async closeInspectors(targets: Targets = 'all'): Promise<PxInspectors> {
    return new PxInspectors(await this.client.closeInspectors(listed(targets)));
  }

  /**
   * Ends engines at once, whatever they do, and starts new ones in their place: with new ids, and without
   * the variables. For an engine that waits in native code and cannot be stopped.
   *
   * @throws {@link ParallelError} `NO_SUCH_ENGINE`.
   */
  async restart(targets: Targets): Promise<void> {
    const { client } = this;
    const { engines } = client.direct(listed(targets));
    await Promise.all(
      engines.map(({ id }) => client.clusterRequest({ action: 'restart-engine', engineId: id })),
    );
  }

  /**
   * Gives some engines magics of their own, with their own defaults and last result: `%px_even`,
   * `%%px_even`, `%pxresult_even`, `%pxconfig_even`, `%autopx_even`.
   *
   * @param suffix - A name of your choice; empty for the engines of `%px` itself.
   * @param targets - As for a view: slices and predicates mean other engines from time to time.
   * @throws {@link ParallelError} `BAD_ARGUMENT`.
   *
   * @example
   * ```ts
   * px.activate('even', '::2');
   * // %px_even console.log(px.id)
   * ```
   */
  activate(suffix: string | number, targets: Targets = 'all'): void {
    this.#session.views.activate(suffix, targets);
  }

  /**
   * The result of the last `%px` line or `%%px` cell; undefined before the first. After a restart of the
   * kernel it is found again, while it runs too, as long as its cluster is there.
   */
  last(): AsyncResult<unknown[]> | undefined {
    return this.#session.results.at(-1);
  }

  /**
   * The results of the last twenty, the oldest first, as a table with their cell, code, engines, status and
   * times. Their outputs are kept too, 128 Mi characters in all: beyond, the oldest are cut.
   */
  history(): PxHistory {
    return new PxHistory(this.#session.history);
  }

  /**
   * The whole numbers from 0 up to `n`, without it.
   *
   * @example
   * ```ts
   * px.range(4); // [0, 1, 2, 3]
   * ```
   */
  range(n: number): number[] {
    if (Number.isSafeInteger(n) && n >= 0) return Array.from({ length: n }, (_, index) => index);
    throw new ParallelError('BAD_ARGUMENT', `Expected a whole number ≥ 0, got ${n}.`);
  }

  #stoppable(connected: Client): Client {
    const known = this.#clients.get(connected);
    if (known !== undefined) return known;
    const client = connected.heeding({
      currentSignal: () => this.#session.notebook.signal,
      activate: (suffix, targets) => this.activate(suffix, targets),
    });
    this.#clients.set(connected, client);
    return client;
  }

  /** Stop gives up what the running cell waits for, as `signal` does. */
  #untilStop(signal?: AbortSignal): WaitOptions {
    const signals = [signal, this.#session.notebook.signal].filter((each) => each !== undefined);
    return signals.length === 0 ? {} : { signal: AbortSignal.any(signals) };
  }

  get [Symbol.toStringTag](): string {
    return 'px';
  }
}

/** One engine is a list of one. */
function listed(targets: Targets): Exclude<Targets, number> {
  return typeof targets === 'number' ? [targets] : targets;
}
