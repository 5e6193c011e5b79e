import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { hasCode, ParallelError } from '../base/errors.js';
import type { CallMetadata } from '../wire/cell.js';
import type { AsyncResult, CallOptions } from './async-result.js';
import { type Call, startCall, type ViewContext } from './call.js';
import type { Pack } from './dispatcher.js';
import type { Engine } from './engine-directory.js';
import { DeclarationsDifferError, engineNames } from './errors.js';
import { packText, requireText } from './pack-text.js';
import { type CellRequest, packCell, type PackOptions, valueOfCell } from './requests.js';
import type { SourceOptions } from './source-compiler.js';
import { resolveTargets, type Targets } from './targets.js';
import type { Task } from './task.js';
import { packPull, packPush, valuesOfPull } from './variables.js';

/** One value from a view of one engine, an array in engine order from any other. */
export type Gathered<Width extends ViewWidth, T> = Width extends 'one' ? T : T[];
export type ViewWidth = 'one' | 'many';

export interface ViewOptions extends CallOptions {
  /** A word of yours that queue listings and the hub's records show. */
  readonly label?: string;
}

export interface ExecuteOptions extends ViewOptions {
  /** Shows no input and no result, and is not counted. @defaultValue true */
  readonly silent?: boolean;
  /** The value of the last expression comes back. @defaultValue true */
  readonly wantsValue?: boolean;
  /** Folder from which imports are resolved on the engines. @defaultValue the working folder */
  readonly resolveFrom?: string;
  /** @internal By it a notebook finds its requests again. */
  readonly call?: CallMetadata;
}

export interface ExecuteCellOptions extends ViewOptions {
  /** What the hub's records say of the requests, so that they are found together later. */
  readonly call?: CallMetadata;
  /**
   * Called when an engine holds other declarations than the cell was compiled against: compiles the cell
   * anew for it. It is sent once more; without this the task fails with the error.
   */
  readonly onDeclarationsDiffer?: (error: DeclarationsDifferError) => Promise<CellRequest>;
}

/** A cell for all engines, or for each its own. */
export type CellFor = CellRequest | ((engine: Engine) => CellRequest);

export interface PushOptions extends ViewOptions {
  /** TypeScript types of the values by name, where they are known: what `pull` will be typed by. */
  readonly types?: Readonly<Record<string, string>>;
}

/**
 * A client's window on some engines: each call is one task on each of them. Calls of one client reach an
 * engine in the order in which they were made.
 */
export class DirectView<Width extends ViewWidth = 'many'> {
  readonly #context: ViewContext;
  readonly #targets: Targets;
  readonly #options: ViewOptions;

  /** @internal Views come from {@link Client.direct}. */
  constructor(context: ViewContext, targets: Targets, options: ViewOptions = {}) {
    this.#context = context;
    this.#targets = targets;
    this.#options = options;
  }

  /** As they were given: `'all'`, slices and predicates mean other engines from time to time. */
  get targets(): Targets {
    return this.#targets;
  }

  /**
   * The engines that a call would reach now, in the order of its values.
   *
   * @throws {@link NoEnginesError} and `NO_SUCH_ENGINE`, as every call of the view does.
   */
  get engines(): readonly Engine[] {
    return resolveTargets(this.#targets, this.#context.connection.directory.engines);
  }

  /** The same view with other defaults for its calls. */
  with(options: ViewOptions): DirectView<Width> {
    return new DirectView(this.#context, this.#targets, { ...this.#options, ...options });
  }

  /**
   * In a notebook, gives these engines magics of their own, with their own defaults and last result:
   * `%px_even`, `%%px_even`, `%pxresult_even`, `%pxconfig_even`, `%autopx_even`.
   *
   * @param suffix - A name of your choice; without one, `%px` itself runs on these engines.
   * @throws {@link ParallelError} `BAD_ARGUMENT`, where there are no magics too.
   */
  activate(suffix: string | number = ''): void {
    const { activate } = this.#context;
    if (activate === undefined) {
      throw new ParallelError(
        'BAD_ARGUMENT',
        'Magics belong to notebooks: `activate` works on views of `px.client` and on `px.view` there.',
      );
    }
    activate(suffix, this.#targets);
  }

  /**
   * Runs source text on each engine. What it declares stays there; the value of its last expression
   * comes back, undefined where there is none or where it cannot travel.
   */
  execute<T = unknown>(
    code: string,
    options: ExecuteOptions = {},
  ): AsyncResult<Gathered<Width, T>, T> {
    requireText(code);
    return this.#executeSource({ read: () => code, options, source: options });
  }

  /** Runs a TypeScript or JavaScript file of this machine on each engine, as `execute` does its text. */
  run<T = unknown>(file: string, options: ExecuteOptions = {}): AsyncResult<Gathered<Width, T>, T> {
    const resolveFrom = options.resolveFrom ?? dirname(resolve(file));
    const source = { name: file, resolveFrom };
    return this.#executeSource({ read: () => readSource(file), options, source });
  }

  /** Runs a cell that is compiled already: what a notebook does. */
  executeCell<T = unknown>(
    cell: CellFor,
    options: ExecuteCellOptions = {},
  ): AsyncResult<Gathered<Width, T>, T> {
    const { engines } = this;
    requireTypeScript(engines, 'A compiled cell');
    const packOptions = { engines, label: this.#labelOf(options), call: options.call };
    const packs = new Map<CellRequest, Pack>();
    const pack: Pack = (task) => {
      const request = typeof cell === 'function' ? cell(engineOf(task)) : cell;
      const known = packs.get(request) ?? packCell(request, packOptions);
      packs.set(request, known);
      return known(task);
    };
    return this.#call<T>(engines, {
      pack,
      valueOf: valueOfCell,
      onFailure: this.#resender(options, packOptions),
      options,
    });
  }

  /** Sets variables on each engine. Values arrive as copies: Maps, Dates and typed arrays as such. */
  push(
    values: Readonly<Record<string, unknown>>,
    options: PushOptions = {},
  ): AsyncResult<Gathered<Width, undefined>, undefined> {
    const { engines } = this;
    const { types } = options;
    const pack = packPush(values, engines, { types, label: this.#labelOf(options) });
    return this.#call<undefined>(engines, { pack, valueOf: () => undefined, options });
  }

  /** Values of variables of each engine: of one name its value, of several a list in their order. */
  pull<T = unknown>(name: string, options?: ViewOptions): AsyncResult<Gathered<Width, T>, T>;
  pull<T extends readonly unknown[] = unknown[]>(
    names: readonly string[],
    options?: ViewOptions,
  ): AsyncResult<Gathered<Width, T>, T>;
  pull(
    names: string | readonly string[],
    options: ViewOptions = {},
  ): AsyncResult<Gathered<Width, unknown>> {
    const { engines } = this;
    const all = typeof names === 'string' ? [names] : names;
    const pack = packPull(all, engines, this.#labelOf(options));
    const valueOf: Call<unknown>['valueOf'] = (reply, engine) => {
      const values = valuesOfPull(reply, engine);
      return typeof names === 'string' ? values[0] : values;
    };
    return this.#call<unknown>(engines, { pack, valueOf, options });
  }

  #executeSource<T>(call: {
    read: () => string | Promise<string>;
    options: ExecuteOptions;
    source: SourceOptions;
  }): AsyncResult<Gathered<Width, T>, T> {
    const { read, options, source } = call;
    const { engines } = this;
    const packOptions = { engines, label: this.#labelOf(options), call: options.call };
    const { silent = true, wantsValue = true } = options;
    const request = { readers: engines, silent, wantsValue, source, packOptions };
    const { compiler } = this.#context;
    const code = read();
    const pack =
      code instanceof Promise
        ? code.then((text) => packText(compiler, text, request))
        : packText(compiler, code, request);
    return this.#call<T>(engines, { pack, valueOf: valueOfCell, options });
  }

  #call<T>(
    engines: readonly Engine[],
    call: Pick<Call<unknown>, 'pack' | 'valueOf' | 'options' | 'onFailure'>,
  ): AsyncResult<Gathered<Width, T>, T> {
    return startCall<Gathered<Width, T>, T>(this.#context, {
      ...call,
      engines,
      // The width is in the type: a view of one engine was made for a number.
      combine: (values) =>
        (typeof this.#targets === 'number' ? values[0] : values) as Gathered<Width, T>,
      options: { ...this.#options, ...call.options },
    });
  }

  #labelOf(options: ViewOptions): string | undefined {
    return options.label ?? this.#options.label;
  }

  /** Sends a cell once more to an engine that holds other declarations. */
  #resender(
    { onDeclarationsDiffer }: ExecuteCellOptions,
    packOptions: PackOptions,
  ): Call<unknown>['onFailure'] {
    if (onDeclarationsDiffer === undefined) return undefined;
    const resent = new Set<Task>();
    return (task, reason) => {
      if (!(reason instanceof DeclarationsDifferError) || resent.has(task)) return false;
      resent.add(task);
      const pack = onDeclarationsDiffer(reason).then((request) => packCell(request, packOptions));
      this.#context.dispatcher.resend(task, pack);
      return true;
    };
  }
}

function requireTypeScript(engines: readonly Engine[], what: string): void {
  const python = engines.filter((engine) => engine.language === 'python').map(({ id }) => id);
  if (python.length === 0) return;
  throw new ParallelError(
    'BAD_ARGUMENT',
    `${what} needs TypeScript engines, and of these targets ${engineNames(python)} ` +
      `${python.length === 1 ? 'runs' : 'run'} Python. ` +
      "Choose with targets (engine) => engine.language === 'typescript'.",
  );
}

function engineOf(task: Task): Engine {
  if (task.engine === undefined) throw new TypeError('a direct task has an engine');
  return task.engine;
}

async function readSource(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const why = hasCode(error, 'ENOENT') ? 'there is no such file' : String(error);
    throw new ParallelError('BAD_ARGUMENT', `Cannot run ${resolve(file)}: ${why}.`, {
      cause: error,
    });
  }
}
