import { type Clock, systemClock } from '../base/clock.js';
import { type Logger, silentLogger } from '../base/logger.js';
import { ParallelError } from '../base/errors.js';
import type { ClusterState } from '../wire/cluster-state.js';
import type { JsonObject } from '../wire/message.js';
import type { AsyncResult, CallOptions } from './async-result.js';
import { BroadcastView } from './broadcast-view.js';
import type { ViewContext } from './call.js';
import { Connection } from './connection.js';
import {
  type EngineInspector,
  type EngineStack,
  inspectEngines,
  type InspectOptions,
  portFor,
  stacksOf,
} from './debugging.js';
import { DirectView, type ViewWidth } from './direct-view.js';
import { Dispatcher, type InterruptOutcome } from './dispatcher.js';
import type { Engine, EngineChange } from './engine-directory.js';
import { EngineLostError } from './errors.js';
import { type ClusterChoice, findCluster, type FoundCluster } from './find-cluster.js';
import { type LoadBalancedOptions, LoadBalancedView } from './load-balanced-view.js';
import { isClusterEnd } from './lost-connection.js';
import { type QueueStatus, readQueueStatus } from './read-hub.js';
import { recallResult, type RecalledResult, type RecordedCall, recordedCalls } from './recall.js';
import { recordedResults } from './recorded-results.js';
import { SourceCompiler } from './source-compiler.js';
import { Reunion } from './reunion.js';
import { normalizeTargets, resolveTargets, type Targets } from './targets.js';
import { waitForEngines } from './wait-for-engines.js';

export interface ConnectOptions extends ClusterChoice {
  /** Limit for the controller's first answer. @defaultValue 10000 */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly log?: Logger;
  /**
   * Hears how the cluster stands, at each change; outputs are not heard then.
   *
   * @internal
   */
  readonly onState?: (state: ClusterState) => void;
  /** @internal For tests. */
  readonly clock?: Clock;
}

export interface WaitOptions {
  /** @defaultValue no limit */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * A connection to a cluster: its engines, and views on them.
 *
 * @example
 * ```ts
 * await using client = await Client.connect();
 * await client.direct('all').execute('1 + 1'); // [2, 2, 2, 2]
 * ```
 */
export class Client implements AsyncDisposable {
  readonly #connection: Connection;
  readonly #context: ViewContext;
  readonly #cluster: FoundCluster;

  /**
   * Connects to a cluster that runs.
   *
   * @throws {@link ParallelError} `CLUSTER_NOT_FOUND` or `SEVERAL_CLUSTERS` with what there is,
   *   `CONNECTION_FILE` when the file is damaged, `CLUSTER_NOT_RUNNING` when nobody answers,
   *   `CONNECTION_REFUSED` when the key is another one.
   */
  static async connect(options: ConnectOptions = {}): Promise<Client> {
    const {
      timeoutMs = 10_000,
      signal,
      onState,
      clock = systemClock,
      log = silentLogger,
    } = options;
    signal?.throwIfAborted();
    const cluster = await findCluster(options);
    const connection = await Connection.open(cluster, { timeoutMs, signal, clock, log, onState });
    Reunion.watch(connection);
    const dispatcher = new Dispatcher(connection);
    return new Client(cluster, { connection, dispatcher, compiler: new SourceCompiler() });
  }

  private constructor(cluster: FoundCluster, context: ViewContext) {
    this.#connection = context.connection;
    this.#cluster = cluster;
    this.#context = context;
  }

  /**
   * The same client in a notebook: each call of its views also ends with the signal that is current when the
   * call is made, and its views can have magics.
   *
   * @internal
   */
  heeding(notebook: Pick<ViewContext, 'currentSignal' | 'activate'>): Client {
    void this.#context.compiler.warm(); // the first use tells what goes wrong
    return new Client(this.#cluster, { ...this.#context, ...notebook });
  }

  /** Sorted. */
  get ids(): readonly number[] {
    return this.engines.map((engine) => engine.id);
  }

  /** Sorted by id. */
  get engines(): readonly Engine[] {
    return this.#connection.directory.engines;
  }

  /** Marks the requests of this client on the wire. */
  get session(): string {
    return this.#connection.session.id;
  }

  /** The connection file that it was connected by. */
  get connectionFile(): string {
    return this.#cluster.source;
  }

  /**
   * True for a controller of pxlab's, which greets and pushes its state; false for Python's.
   *
   * @internal
   */
  get isOurs(): boolean {
    return this.#cluster.info.pxlab !== undefined;
  }

  /** True after `close`, and when the controller is gone. */
  get isClosed(): boolean {
    return this.#connection.isClosed;
  }

  /**
   * A view on some engines: of one engine when `targets` is a number, else of a list.
   *
   * @throws {@link ParallelError} `BAD_ARGUMENT`; `NO_SUCH_ENGINE` and `NO_ENGINES` when it is used.
   */
  direct(target: number): DirectView<'one'>;
  direct(targets?: Targets): DirectView;
  direct(targets: Targets = 'all'): DirectView<ViewWidth> {
    return new DirectView<ViewWidth>(this.#context, normalizeTargets(targets));
  }

  /** A view whose calls the controller copies for some engines, so that each leaves this client once. */
  broadcast(targets: Targets = 'all'): BroadcastView {
    return new BroadcastView(this.#context, normalizeTargets(targets));
  }

  /** A view whose tasks go each to the engine that has least to do. */
  loadBalanced(options: LoadBalancedOptions = {}): LoadBalancedView {
    return new LoadBalancedView(this.#context, options);
  }

  /**
   * Waits until there are `count` engines.
   *
   * @throws {@link ParallelError} `TIMEOUT` with how many came, `ENGINE_LOST` when one is lost meanwhile.
   */
  waitForEngines(count: number, options: WaitOptions = {}): Promise<readonly Engine[]> {
    return waitForEngines(this.#connection, count, options);
  }

  /** Calls `listener` at each engine that comes or goes. @returns a function that ends it. */
  onEngineChange(listener: (change: EngineChange) => void): () => void {
    return this.#connection.directory.onChange(listener);
  }

  /** Calls `listener` once, when this client was closed or lost its controller. @returns its end. */
  onClose(listener: (reason: Error) => void): () => void {
    return this.#connection.onEnd(listener);
  }

  /** Interrupts what runs on the engines, whoever sent it; variables are kept. */
  async interrupt(targets: Targets = 'all'): Promise<readonly InterruptOutcome[]> {
    return this.#context.dispatcher.interrupt(resolveTargets(targets, this.engines));
  }

  /**
   * Sends a signal to the processes of engines, such as `'SIGTERM'`: it reaches them while their code blocks.
   * `'SIGINT'` interrupts what runs, as {@link interrupt} does.
   *
   * @throws {@link ParallelError} `ENGINE_LOST` when an engine ends of it before it could answer.
   */
  async signal(signal: NodeJS.Signals, targets: Targets = 'all'): Promise<void> {
    await this.#controlAll(targets, 'signal_request', { sig: signal });
  }

  /**
   * Where the code of engines is right now, in the cells' own lines: of a loop that does not end too. They run
   * on meanwhile.
   */
  stack(targets: Targets = 'all'): Promise<readonly EngineStack[]> {
    return stacksOf(this.#connection, resolveTargets(targets, this.engines));
  }

  /**
   * Opens the debuggers of engines, for Chrome, VS Code or another client of Node's inspector: on their own
   * machines, for programs of these machines alone, any of which can run code there as you. It works while they
   * run code.
   *
   * @throws {@link ParallelError} when no engine could; `BAD_ARGUMENT` for a port of several engines.
   */
  async inspect(
    targets: Targets = 'all',
    options: InspectOptions = {},
  ): Promise<readonly EngineInspector[]> {
    const engines = resolveTargets(targets, this.engines);
    const port = portFor(engines, options);
    return inspectEngines(this.#connection, engines, { action: 'open', port });
  }

  /** Closes the debuggers of engines; what one of them has halted goes on. */
  async closeInspectors(targets: Targets = 'all'): Promise<readonly EngineInspector[]> {
    const engines = resolveTargets(targets, this.engines);
    return inspectEngines(this.#connection, engines, { action: 'close' });
  }

  /** How many requests wait on each engine and were completed there. */
  async queueStatus(): Promise<QueueStatus> {
    const reply = await this.#connection.query('queue_request', { targets: null, verbose: false });
    return readQueueStatus(reply.content);
  }

  /** Forgets the variables of the engines. */
  async clear(targets: Targets = 'all'): Promise<void> {
    await this.#controlAll(targets, 'clear_request', {});
  }

  /** Ends engines, or with `hub` the whole cluster, after what they run. */
  async shutdown(options: { targets?: Targets; hub?: boolean } = {}): Promise<void> {
    const { targets = 'all', hub = false } = options;
    if (hub) await this.#endCluster();
    else await this.#endAll(resolveTargets(targets, this.engines));
  }

  /**
   * Results of requests by their ids (`AsyncResult.messageIds`), whoever sent them: of one id its value,
   * of several a list. What still runs is followed to its end.
   */
  result<T = unknown>(messageId: string, options?: CallOptions): AsyncResult<T>;
  result<T = unknown>(messageIds: readonly string[], options?: CallOptions): AsyncResult<T[]>;
  result(messageIds: string | readonly string[], options: CallOptions = {}): AsyncResult<unknown> {
    const ids = typeof messageIds === 'string' ? [messageIds] : messageIds;
    const combine = (values: readonly unknown[]): unknown =>
      typeof messageIds === 'string' ? values[0] : [...values];
    return recordedResults(this.#context, ids, { options, combine });
  }

  /**
   * The calls of a notebook that the cluster has records of, the oldest first.
   *
   * @internal
   */
  recordedCalls(notebook: string): Promise<readonly RecordedCall[]> {
    return recordedCalls(this.#context, notebook);
  }

  /**
   * The result of such a call; of what each engine showed, the last `maxOutputBytes` are found.
   *
   * @internal
   */
  recall(call: RecordedCall, maxOutputBytes: number): RecalledResult {
    return recallResult(this.#context, call, maxOutputBytes);
  }

  /** Asks the cluster's supervisor, for instance `{ action: 'start-engines', n: 2 }`. */
  async clusterRequest(request: {
    readonly action: string;
    readonly [field: string]: unknown;
  }): Promise<JsonObject> {
    return (await this.#connection.query('pxlab_cluster_request', request)).content;
  }

  /** Idempotent. What is outstanding fails; the engines go on. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * The news that the cluster has ended may come before its answer, and says the same. Python's hub ends alone
   * when it is asked to, and its engines would stay.
   */
  async #endCluster(): Promise<void> {
    if (!this.isOurs) await this.#endAll(this.engines);
    await this.#connection.query('shutdown_request', {}).catch((error: unknown) => {
      if (!isClusterEnd(error)) throw error;
    });
  }

  /** The news that an engine is gone may come before its answer, and says the same. */
  async #endAll(engines: readonly Engine[]): Promise<void> {
    const request = { type: 'shutdown_request', content: { restart: false } };
    await Promise.all(
      engines.map((engine) =>
        this.#connection.control(engine, request).catch((error: unknown) => {
          if (!(error instanceof EngineLostError)) throw error;
        }),
      ),
    );
  }

  async #controlAll(targets: Targets, type: string, content: object): Promise<void> {
    const engines = resolveTargets(targets, this.engines);
    const replies = await Promise.all(
      engines.map((engine) => this.#connection.control(engine, { type, content })),
    );
    const failed = replies.find((reply) => reply['status'] === 'error');
    if (failed !== undefined) {
      throw new ParallelError('REMOTE', `An engine refused: ${String(failed['evalue'])}`);
    }
  }
}
