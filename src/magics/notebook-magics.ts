import { type Clock, systemClock } from '../base/clock.js';
import { ParallelError } from '../base/errors.js';
import type { AsyncResult } from '../client/async-result.js';
import type { ActivatedView } from '../px/activated-views.js';
import type { NotebookSession } from '../px/session.js';
import { TypeScriptError } from '../px/typescript-error.js';
import { magicNames } from './catalog.js';
import { didYouMean } from './did-you-mean.js';
import { type ShownError, shownError } from './engine-failures.js';
import { follow } from './follow.js';
import { helpOn } from './help.js';
import { inspectCommand } from './inspect.js';
import { done, type MagicContext, type MagicOutcome, outcomeOf } from './magic-context.js';
import type { MagicPart } from './parse-cell.js';
import type { CommandPart } from './parse-command.js';
import type { PxPart, TypeScriptPart } from './parts.js';
import { configured, defaultConfig, flagsOf, type PxConfig } from './px-config.js';
import { keep, runPx } from './px-magic.js';
import { redirect } from './redirect.js';
import { runNpm, runShell } from './programs.js';
import { runPxcluster } from './pxcluster.js';
import { stackCommand } from './stack.js';
import { stopOutcome } from './stop-outcome.js';
import { typecheckCommand } from './typecheck.js';

const textMagics = ['pxconfig', 'autopx', 'stack', 'inspect', 'typecheck'] as const;
type TextMagic = (typeof textMagics)[number];

function showsText(name: CommandPart['name']): name is TextMagic {
  return textMagics.some((each) => each === name);
}

/** The magics of one notebook, and what they remember from cell to cell. */
export class NotebookMagics {
  readonly #session: NotebookSession;
  readonly #clock: Clock;
  readonly #configs = new WeakMap<ActivatedView, PxConfig>();
  /** Of views with a suffix; the notebook's own results are the session's. */
  readonly #lastResults = new WeakMap<ActivatedView, AsyncResult<unknown>>();
  readonly #ofSuffixes = new WeakSet<AsyncResult<unknown>>();
  #auto: string | undefined;

  constructor(session: NotebookSession, { clock = systemClock }: { clock?: Clock } = {}) {
    this.#session = session;
    this.#clock = clock;
  }

  /** Suffixes of the views that have magics. */
  get suffixes(): readonly string[] {
    return this.#session.views.suffixes;
  }

  /** What `%autopx` makes of the notebook's own TypeScript; undefined while it is off. */
  redirected(part: TypeScriptPart): PxPart | undefined {
    return redirect(part, this.#auto);
  }

  /** Suffix of the view on which all cells run; undefined while they run in the notebook. */
  get auto(): string | undefined {
    return this.#auto;
  }

  /** Runs one magic. Never rejects: what goes wrong is an outcome. */
  async run(part: MagicPart, context: MagicContext): Promise<MagicOutcome> {
    try {
      return await (part.type === 'px' ? this.#px(part, context) : this.#command(part, context));
    } catch (error) {
      return outcomeOf(errorOf(error, part, context));
    }
  }

  #px(part: PxPart, context: MagicContext): Promise<MagicOutcome> {
    const view = this.#view('px', part.suffix);
    const config = this.#configOf(view);
    const onSent = (result: AsyncResult<unknown>): void => {
      if (view.suffix === '') return;
      this.#lastResults.set(view, result);
      this.#ofSuffixes.add(result);
    };
    const surroundings = { session: this.#session, clock: this.#clock };
    return runPx(part, { ...surroundings, config, onSent }, context);
  }

  async #command(part: CommandPart, context: MagicContext): Promise<MagicOutcome> {
    const { output } = context;
    const { name } = part;
    if (showsText(name)) {
      output.stream('stdout', await this.#answer(part, name, context));
      return done;
    }
    switch (name) {
      case 'pxresult':
        return outcomeOf(await this.#showLast(part, context));
      case 'pxcluster':
        return outcomeOf(await runPxcluster(part.words, context));
      case 'npm':
        return outcomeOf(await runNpm(part.words, this.#session.notebook.resolveFrom, context));
      case 'sh':
        return outcomeOf(await runShell(part.rest, this.#session.notebook.resolveFrom, context));
      case 'help':
        output.display(helpOn(part.words[0]));
        return done;
    }
  }

  /** What a magic has to say that shows text alone. */
  async #answer(part: CommandPart, name: TextMagic, context: MagicContext): Promise<string> {
    switch (name) {
      case 'pxconfig':
        return this.#configure(part);
      case 'autopx':
        return this.#toggleAuto(part.suffix);
      case 'stack':
        return stackCommand(part, this.#session, context);
      case 'inspect':
        return inspectCommand(part, this.#session, context);
      case 'typecheck':
        return typecheckCommand(part.words, this.#session.notebook);
    }
  }

  /** Waits for the last result and shows all its outputs. Stop gives up waiting, and lets it run. */
  async #showLast(part: CommandPart, context: MagicContext): Promise<ShownError | undefined> {
    const view = this.#view('pxresult', part.suffix);
    const { flags } = part;
    await this.#session.recover({ signal: context.signal });
    const result = this.#lastOf(view);
    if (result === undefined) throw nothingYet(view);
    if (flags.out !== undefined) {
      keep(result, flags.out, this.#session);
      return undefined;
    }
    const { progressAfterMs } = this.#configOf(view);
    const { output, signal } = context;
    return follow(
      result,
      { grouping: flags.grouping ?? 'type', progressAfterMs, signalOnInterrupt: 'none' },
      { output, signal, clock: this.#clock, client: this.#session.connected },
    );
  }

  #lastOf(view: ActivatedView): AsyncResult<unknown> | undefined {
    if (view.suffix !== '') return this.#lastResults.get(view);
    return this.#session.results.findLast((result) => !this.#ofSuffixes.has(result));
  }

  /** @returns What it is, when it was only asked. */
  #configure({ suffix, flags }: CommandPart): string {
    const view = this.#view('pxconfig', suffix);
    if (Object.keys(flags).length === 0) {
      return `%${named('pxconfig', view)} ${flagsOf(this.#configOf(view))}\n`;
    }
    this.#configs.set(view, configured(this.#configOf(view), flags));
    return '';
  }

  /** @returns What is to be said of it. */
  #toggleAuto(suffix: string): string {
    const magic = `%${named('autopx', this.#view('autopx', suffix))}`;
    this.#auto = this.#auto === suffix ? undefined : suffix;
    return this.#auto === undefined
      ? `${magic} disabled: cells run in the notebook again.\n`
      : `${magic} enabled: cells run on the engines until the next ${magic}.\n`;
  }

  #configOf(view: ActivatedView): PxConfig {
    return this.#configs.get(view) ?? defaultConfig(view.targets);
  }

  #view(magic: string, suffix: string): ActivatedView {
    const { views } = this.#session;
    const view = views.find(suffix);
    if (view !== undefined) return view;
    const typed = `%${magic}_${suffix}`;
    const known = magicNames('line', views.suffixes);
    const activated =
      views.suffixes.length === 0
        ? 'none is'
        : views.suffixes.map((each) => `%${magic}_${each}`).join(', ');
    throw new ParallelError(
      'UNKNOWN_MAGIC',
      `There is no magic ${typed}, since no view is activated by the name ${suffix}.` +
        `${didYouMean(typed, known)} Activated: ${activated}; px.activate('${suffix}', [0, 2]) makes it.`,
    );
  }
}

function named(magic: string, { suffix }: ActivatedView): string {
  return suffix === '' ? magic : `${magic}_${suffix}`;
}

function nothingYet(view: ActivatedView): ParallelError {
  const [px, pxresult] = [named('px', view), named('pxresult', view)];
  return new ParallelError(
    'BAD_ARGUMENT',
    `%${pxresult} shows the last result of %${px} or %%${px}, and none has run yet.`,
  );
}

function errorOf(error: unknown, part: MagicPart, { signal }: MagicContext): ShownError {
  if (signal.aborted) return stopOutcome([], []);
  if (!(error instanceof TypeScriptError)) return shownError(error);
  const isRedirected = part.type === 'px' && part.isRedirected === true;
  const traceback = [...error.message.split('\n'), ...(isRedirected ? [redirectedNote] : [])];
  return { ename: error.name, evalue: traceback[0] ?? '', traceback };
}

const redirectedNote = 'This cell was for the engines, since %autopx is on: %autopx ends that.';
