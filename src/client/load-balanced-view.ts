import { ParallelError } from '../base/errors.js';
import { type AsyncResult, type CallOptions, isAsyncResult } from './async-result.js';
import { startCall, type ViewContext } from './call.js';
import type { Pack } from './dispatcher.js';
import type { ExecuteOptions } from './direct-view.js';
import type { Engine } from './engine-directory.js';
import { packText, requireText } from './pack-text.js';
import { valueOfCell } from './requests.js';
import { resolveTargets, type Targets } from './targets.js';

export interface LoadBalancedOptions extends CallOptions {
  /** Engines that may be chosen. @defaultValue all, those that come later too */
  readonly targets?: Targets;
  /** How often a task that failed, or whose engine died, goes to another engine. @defaultValue 0 */
  readonly retries?: number;
  /**
   * How long a task waits for an engine to be started, once there is none, in ms; Infinity waits on. A Python controller lets it wait.
   * @defaultValue a minute; with `timeoutMs`, as long as that
   */
  readonly engineGraceMs?: number;
  readonly label?: string;
  /** Tasks that have to succeed before this one starts. */
  readonly after?: TaskReferences;
  /** Tasks on whose engine this one runs, once they have succeeded there. */
  readonly follow?: TaskReferences;
}

/** Load-balanced tasks: their results, or the ids of their requests. */
export type TaskReferences =
  string | AsyncResult<unknown> | readonly (string | AsyncResult<unknown>)[];

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

  /**
   * Runs source text on one engine, as a task.
   *
   * @throws {@link ParallelError} `BAD_ARGUMENT` when the targets are engines of two languages, or a limit
   *   is no length of time.
   */
  execute<T = unknown>(
    code: string,
    options: ExecuteOptions & LoadBalancedOptions = {},
  ): AsyncResult<T, T> {
    requireText(code);
    const all = { ...this.#options, ...options };
    const { targets = 'all', silent = true, wantsValue = true, label } = all;
    const readers = resolveTargets(targets, this.#context.connection.directory.engines);
    const { hasMarks: isOurs } = this.#context.connection;
    const scheduling = schedulingOf(all, { engines: readers, isOurs });
    const schedule =
      (pack: Pack): Pack =>
      (task) => {
        const parcel = pack(task);
        return { ...parcel, metadata: { ...parcel.metadata, ...scheduling } };
      };
    const pack = packText(this.#context.compiler, code, {
      ...{ readers, silent, wantsValue, source: options, packOptions: { engines: [], label } },
    });
    return startCall<T, T>(this.#context, {
      engines: [undefined],
      pack: pack instanceof Promise ? pack.then(schedule) : schedule(pack),
      valueOf: valueOfCell,
      combine: ([value]) => value as T,
      options: all,
    });
  }
}

/**
 * What the scheduler goes by. An empty list of targets means any engine, now or later. Python's scheduler
 * lets a task wait for ever that has retries left when all engines have failed it.
 */
function schedulingOf(
  { targets = 'all', retries = 0, after, follow, ...limits }: LoadBalancedOptions,
  { engines, isOurs }: { readonly engines: readonly Engine[]; readonly isOurs: boolean },
): TaskScheduling {
  return {
    targets: targets === 'all' ? [] : engines.map(({ uuid }) => uuid),
    retries: isOurs ? retries : Math.min(retries, engines.length - 1),
    after: idsOf(after),
    follow: idsOf(follow),
    ...graceOf(limits),
  };
}

const usualGraceMs = 60_000;

/** In seconds, as all times of the protocol. */
function graceOf(limits: Pick<LoadBalancedOptions, 'engineGraceMs' | 'timeoutMs'>): {
  readonly engine_grace?: number;
} {
  const { timeoutMs, engineGraceMs = timeoutMs === undefined ? usualGraceMs : Infinity } = limits;
  if (!(engineGraceMs >= 0)) {
    throw new ParallelError(
      'BAD_ARGUMENT',
      `engineGraceMs is ${String(engineGraceMs)}: give milliseconds from 0 on, or Infinity to wait as long as it takes.`,
    );
  }
  return engineGraceMs === Infinity ? {} : { engine_grace: engineGraceMs / 1000 };
}

interface TaskScheduling {
  readonly targets: readonly string[];
  readonly retries: number;
  readonly after: readonly string[];
  readonly follow: readonly string[];
  readonly engine_grace?: number;
}

function idsOf(references: TaskReferences = []): readonly string[] {
  if (typeof references === 'string') return [references];
  return isAsyncResult(references) ? references.messageIds : references.flatMap(idsOf);
}
