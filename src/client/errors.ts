import { ParallelError } from '../base/errors.js';
import type { Declarations } from '../wire/cell.js';
import type { EngineDeath } from '../wire/contents.js';
import { listOf } from './wording.js';

/** An exception as an engine reports it: name, message and stack, one string a line. */
export interface RemoteFailure {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

/** An exception raised by user code on an engine, rebuilt here with its origin kept. */
export class RemoteError extends ParallelError {
  /** Name of the remote exception class, e.g. `TypeError`; the wire's `ename`. */
  readonly remoteName: string;
  /** Its message, without the engine's number in front. */
  readonly remoteMessage: string;
  /** Remote stack, one string a line, as the engine sent it. */
  readonly remoteStack: readonly string[];
  /** -1 when a scheduler failed the task and no engine did. */
  readonly engineId: number;

  constructor(failure: RemoteFailure, engineId: number) {
    const where = engineId < 0 ? '' : `[engine ${engineId}] `;
    super('REMOTE', `${where}${failure.ename}: ${failure.evalue}`);
    this.remoteName = failure.ename;
    this.remoteMessage = failure.evalue;
    this.remoteStack = failure.traceback;
    this.engineId = engineId;
    this.stack = [`${this.name}: ${this.message}`, ...framesOf(failure.traceback)].join('\n');
  }
}

/** A variable that was pulled does not exist on some engines. */
export class NoSuchVariableError extends ParallelError {
  /** Names of what is missing, as the engine tells them. */
  readonly reason: string;
  readonly engineIds: readonly number[];

  constructor(reason: string, engineIds: readonly number[]) {
    super('NO_SUCH_VARIABLE', `[${engineNames(engineIds)}] ${reason}`);
    this.reason = reason;
    this.engineIds = engineIds;
  }
}

/** Several engines failed: one error each, in engine order. At most four stacks are shown. */
export class CompositeError extends ParallelError {
  readonly #errors: readonly Error[];
  /** How many tasks there were, failed ones and others. */
  readonly total: number;

  constructor(errors: readonly Error[], total: number) {
    super('COMPOSITE', compositeMessage(errors, total));
    this.#errors = errors.flatMap((error) =>
      error instanceof CompositeError ? error.errors : [error],
    );
    this.total = total;
    this.stack = [`${this.name}: ${this.message}`, ...shownStacks(this.#errors)].join('\n\n');
  }

  /** No property of its own, so that showing the error shows the stacks once. */
  get errors(): readonly Error[] {
    return this.#errors;
  }
}

const stacksShown = 4;

function compositeMessage(errors: readonly Error[], total: number): string {
  const first = errors[0];
  const all = errors.length === total ? `All ${total}` : `${errors.length} of ${total}`;
  return `${all} engines failed; the first: ${first?.message ?? ''}`;
}

function shownStacks(errors: readonly Error[]): string[] {
  const stacks = errors.slice(0, stacksShown).map(stackOf);
  const hidden = errors.length - stacks.length;
  return hidden === 0 ? stacks : [...stacks, `… and ${hidden} more.`];
}

/** The stack where user code failed; where this client noticed something else is of no interest. */
function stackOf(error: Error): string {
  const remoteStack = error instanceof RemoteError ? error.stack : undefined;
  return remoteStack ?? `${error.name}: ${error.message}`;
}

/** An engine ended, or could not be reached any more, before it answered. */
export class EngineLostError extends ParallelError {
  readonly engineId: number;
  readonly death: EngineDeath;

  constructor(engineId: number, death: EngineDeath, wasRunning: boolean) {
    const when = wasRunning ? 'while it ran this' : 'before it finished this';
    super(
      'ENGINE_LOST',
      `Engine ${engineId} ${howItEnded(death)} ${when}; its variables are gone. ` +
        'The other engines go on. Start a new one and run there what it needs again.',
    );
    this.engineId = engineId;
    this.death = death;
  }
}

/** V8 aborts a process whose heap is full. */
function killedBy(signal = 'a signal'): string {
  return `was killed by ${signal}${signal === 'SIGABRT' ? ' (most often: out of memory)' : ''}`;
}

/** `was killed by SIGKILL`, `exited with code 3` and the like. */
export function howItEnded(death: EngineDeath): string {
  switch (death.how) {
    case 'killed':
      return killedBy(death.signal);
    case 'exited':
      return death.signal === undefined
        ? `exited${death.exitCode === undefined ? '' : ` with code ${death.exitCode}`}`
        : killedBy(death.signal);
    case 'silent':
      return 'stopped answering';
    case 'left':
      return 'left the cluster';
  }
}

/** No engine is among the targets. */
export class NoEnginesError extends ParallelError {
  constructor(targets: string) {
    super(
      'NO_ENGINES',
      `No engine matches the targets ${targets}. ` +
        'Start some: `await px.start({ n: 4 })` in a notebook of its own cluster, else `pxcluster engines -n 4`; ' +
        'client.waitForEngines(4) waits for them.',
    );
  }
}

/** The wait was given up after `timeoutMs`. */
export class TimeoutError extends ParallelError {
  constructor(message: string) {
    super('TIMEOUT', message);
  }

  static after(
    timeoutMs: number,
    { unfinished, running }: { unfinished: number; running: readonly number[] },
  ): TimeoutError {
    const where = running.length === 0 ? '' : ` (${engineNames(running)} still ran it)`;
    return new TimeoutError(
      `${unfinished} of the tasks not finished within ${timeoutMs} ms${where}: what waited was dropped, ` +
        'what ran was interrupted. Allow more with `timeoutMs`.',
    );
  }
}

/** The task was cancelled: it never ran, or was interrupted. */
export class CancelledError extends ParallelError {
  readonly engineIds: readonly number[];
  readonly wasRunning: boolean;

  constructor(wasRunning: boolean, engineIds: readonly number[], options?: ErrorOptions) {
    const where = engineIds.length === 0 ? '' : ` on ${engineNames(engineIds)}`;
    super(
      'ABORTED',
      wasRunning
        ? `Cancelled${where}: what ran was interrupted, variables are kept.`
        : `Cancelled before it ran${where}.`,
      options,
    );
    this.engineIds = engineIds;
    this.wasRunning = wasRunning;
  }
}

/** The controller is gone, or this client was closed: nothing outstanding will be answered. */
export class DisconnectedError extends ParallelError {
  constructor(message: string, options?: ErrorOptions) {
    super('NOT_CONNECTED', message, options);
  }
}

/**
 * The engine holds other declarations than the cell was compiled against, and did not run it. Compile
 * the cell against `declarations` and send it again.
 */
export class DeclarationsDifferError extends ParallelError {
  readonly engineId: number;
  /** What the engine declares. */
  readonly declarations: Declarations;

  constructor(engineId: number, declarations: Declarations) {
    super(
      'DECLARATIONS_DIFFER',
      `Engine ${engineId} holds other variables than this cell was compiled against, so it did not run it. ` +
        'Run the cell again.',
    );
    this.engineId = engineId;
    this.declarations = declarations;
  }
}

/** `engine 2`, or `engines 0, 2 and 3`. */
export function engineNames(ids: readonly number[]): string {
  return `${ids.length === 1 ? 'engine' : 'engines'} ${listOf(ids)}`;
}

/** The frames of a remote stack: without its first line when that repeats name and message. */
function framesOf(traceback: readonly string[]): readonly string[] {
  const lines = traceback.flatMap((entry) => entry.split('\n'));
  const firstFrame = lines.findIndex((line) => /^\s+at /.test(line));
  return firstFrame > 0 ? lines.slice(firstFrame) : lines;
}
