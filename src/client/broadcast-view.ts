import type { AsyncResult } from './async-result.js';
import { type Call, startCall, type ViewContext } from './call.js';
import type { ExecuteOptions, PushOptions, ViewOptions } from './direct-view.js';
import type { Engine } from './engine-directory.js';
import { packText, requireText } from './pack-text.js';
import { valueOfCell } from './requests.js';
import { resolveTargets, type Targets } from './targets.js';
import { packSharedPush } from './variables.js';

/**
 * A window on some engines, as a direct view is, whose calls leave this client as one message each: the
 * controller copies it for the engines. Worth while for many engines, and for large values.
 */
export class BroadcastView {
  readonly #context: ViewContext;
  readonly #targets: Targets;

  /** @internal Views come from {@link Client.broadcast}. */
  constructor(context: ViewContext, targets: Targets) {
    this.#context = context;
    this.#targets = targets;
  }

  /** The engines that a call would reach now, in the order of its values. */
  get engines(): readonly Engine[] {
    return resolveTargets(this.#targets, this.#context.connection.directory.engines);
  }

  /**
   * Runs source text on each engine, as `execute` of a direct view does.
   *
   * @throws {@link ParallelError} `BAD_ARGUMENT` when the engines are of two languages.
   */
  execute<T = unknown>(code: string, options: ExecuteOptions = {}): AsyncResult<T[], T> {
    requireText(code);
    const { engines } = this;
    const { silent = true, wantsValue = true, label } = options;
    const packOptions = { engines, label, isBroadcast: true };
    const pack = packText(this.#context.compiler, code, {
      ...{ readers: engines, silent, wantsValue, source: options, packOptions },
    });
    return this.#call<T>(engines, { pack, valueOf: valueOfCell, options });
  }

  /** Sets variables on each engine. With Python engines among them, plain values and arrays alone. */
  push(
    values: Readonly<Record<string, unknown>>,
    options: PushOptions = {},
  ): AsyncResult<undefined[], undefined> {
    const { engines } = this;
    const pack = packSharedPush(values, engines, options);
    return this.#call<undefined>(engines, { pack, valueOf: () => undefined, options });
  }

  #call<T>(
    engines: readonly Engine[],
    call: Pick<Call<unknown>, 'pack' | 'valueOf'> & { options: ViewOptions },
  ): AsyncResult<T[], T> {
    return startCall<T[], T>(this.#context, {
      ...call,
      engines,
      isBroadcast: true,
      combine: (values) => values as T[],
    });
  }
}
