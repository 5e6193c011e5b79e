import { Interruption } from './interruption.js';

/** One run of one cell: what its outputs, timers and awaits are attributed to. */
export class CellToken {
  /** `msg_id` of the request, which the outputs carry. */
  readonly id: string;
  readonly name: string;
  readonly resolveFrom: string;
  /** Unique among the runs of this process and never 0: the name of this run in shared memory. */
  readonly run: number;
  /** Value of the cell's last expression statement, once it was evaluated. */
  result: { readonly value: unknown } | undefined;
  /** Outputs under way (a bundle that is a promise): the cell ends after them. */
  readonly pending: Set<Promise<unknown>> = new Set<Promise<unknown>>();
  #isStopped = false;

  constructor(origin: { id: string; name: string; resolveFrom: string; run: number }) {
    this.id = origin.id;
    this.name = origin.name;
    this.resolveFrom = origin.resolveFrom;
    this.run = origin.run;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  stop(): void {
    this.#isStopped = true;
  }
}

/**
 * Which cell the JavaScript that runs now belongs to.
 *
 * The foreground is the cell that was started last. Timers and awaits of earlier cells make theirs
 * current for the time of one callback, so that what they print goes to their own cell.
 */
export class CellContext {
  #foreground: CellToken = new CellToken({ id: '', name: 'no cell', resolveFrom: '', run: 0 });
  #current: CellToken = this.#foreground;
  readonly #isAskedToStop: (token: CellToken) => boolean;
  readonly #restore = (): void => {
    this.#current = this.#foreground;
  };

  /** `isAskedToStop` reads shared memory: an interrupt is known before its message is. */
  constructor(isAskedToStop: (token: CellToken) => boolean = () => false) {
    this.#isAskedToStop = isAskedToStop;
  }

  get current(): CellToken {
    return this.#current;
  }

  get foreground(): CellToken {
    return this.#foreground;
  }

  enter(token: CellToken): void {
    this.#foreground = token;
    this.#current = token;
  }

  /**
   * The foreground cell has ended, or its background work was stopped: what goes on is another token of
   * the same cell, so that it works although the cell was stopped.
   */
  rest(run: number): void {
    const { id, name, resolveFrom } = this.#foreground;
    this.enter(new CellToken({ id, name, resolveFrom, run }));
  }

  /** After an `await` of compiled code: throws when its cell was stopped, else hands on `value`. */
  resume<T>(token: CellToken, value: T): T {
    if (token !== this.#current) {
      this.#current = token;
      queueMicrotaskOfNode(this.#restore);
    }
    if (this.hasToStop(token)) throw new Interruption(token.name);
    return value;
  }

  hasToStop(token: CellToken): boolean {
    return token.isStopped || this.#isAskedToStop(token);
  }

  /** Runs a callback as its creator; nothing when its creator was stopped. */
  runAs(token: CellToken, callback: () => void): void {
    if (this.hasToStop(token)) return;
    this.#current = token;
    try {
      callback();
    } finally {
      this.#current = this.#foreground;
    }
  }
}

const queueMicrotaskOfNode = queueMicrotask;
