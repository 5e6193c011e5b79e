import type { AsyncResult, CallOptions } from './async-result.js';
import { startCall, type ViewContext } from './call.js';
import type { Pack } from './dispatcher.js';
import type { ExecuteOptions } from './direct-view.js';
import { packCell, valueOfCell } from './requests.js';
import { resolveTargets, type Targets } from './targets.js';

export interface LoadBalancedOptions extends CallOptions {
  /** Engines that may be chosen. @defaultValue all, those that come later too */
  readonly targets?: Targets;
  /** How often a task that failed, or whose engine died, goes to another engine. @defaultValue 0 */
  readonly retries?: number;
  readonly label?: string;
}

/** A view whose tasks go each to the engine that has least to do. */
export class LoadBalancedView {
  readonly #context: ViewContext;
  readonly #options: LoadBalancedOptions;

  /** @internal Views come from {@link Client.loadBalanced}. */
  constructor(context: ViewContext, options: LoadBalancedOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** The same view with other defaults for its tasks. */
  with(options: LoadBalancedOptions): LoadBalancedView {
    return new LoadBalancedView(this.#context, { ...this.#options, ...options });
  }

  /** Runs source text on one engine, as a task. */
  execute<T = unknown>(
    code: string,
    options: ExecuteOptions & LoadBalancedOptions = {},
  ): AsyncResult<T, T> {
    const all = { ...this.#options, ...options };
    const metadata = this.#scheduling(all);
    const { silent = true, wantsValue = true, label } = all;
    const cell = this.#context.compiler.compile(code, options);
    const finish = (ready: Awaited<typeof cell>): Pack => {
      const pack = packCell({ code, cell: ready, silent, wantsValue }, { engines: [], label });
      return (task) => {
        const parcel = pack(task);
        return { ...parcel, metadata: { ...parcel.metadata, ...metadata } };
      };
    };
    return startCall<T, T>(this.#context, {
      engines: [undefined],
      pack: cell instanceof Promise ? cell.then(finish) : finish(cell),
      valueOf: valueOfCell,
      combine: ([value]) => value as T,
      options: all,
    });
  }

  /** What the scheduler goes by. An empty list of targets means any engine, now or later. */
  #scheduling({ targets = 'all', retries = 0 }: LoadBalancedOptions): {
    targets: readonly string[];
    retries: number;
  } {
    const { engines } = this.#context.connection.directory;
    const uuids = resolveTargets(targets, engines).map((engine) => engine.uuid);
    return { targets: targets === 'all' ? [] : uuids, retries };
  }
}
