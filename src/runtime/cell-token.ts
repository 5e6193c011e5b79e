import { Interruption } from './interruption.js';

/** One run of one cell: what its outputs, timers and awaits are attributed to. */
export class CellToken {
  /** `msg_id` of the request, which the outputs carry. */
  readonly id: string;
  readonly name: string;
  readonly resolveFrom: string;
  /** The name of this run in shared memory: positive and unique in this process; -1 of no cell. */
  readonly run: number;
  /** Value of the cell's last expression statement, once it was evaluated. */
  result: { readonly value: unknown } | undefined;
  /** Outputs under way (a bundle that is a promise): the cell ends after them. */
  readonly pending: Set<Promise<unknown>> = new Set<Promise<unknown>>();
  /** Once true, it stays so. */
  isStopped = false;

  constructor(origin: { id: string; name: string; resolveFrom: string; run: number }) {
    this.id = origin.id;
    this.name = origin.name;
    this.resolveFrom = origin.resolveFrom;
    this.run = origin.run;
  }
}

/**
 * Which cell the JavaScript that runs now belongs to.
 *
 * The foreground is the cell that was started last. Timers and awaits of earlier cells make theirs
 * current for the time of one callback, so that what they print goes to their own cell.
 */
export class CellContext {
  #foreground: CellToken = new CellToken({ id: '', name: 'no cell', resolveFrom: '', run: -1 });
  #current: CellToken = this.#foreground;
  readonly #requested: Int32Array;
  readonly #restore = (): void => {
    this.#current = this.#foreground;
  };

  /**
   * `requested` is shared memory with the number of the run that was asked to stop: known before the
   * message that says so.
   */
  constructor(requested: Int32Array = new Int32Array(1)) {
    this.#requested = requested;
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

  /**
   * After an `await` of compiled code: throws when its cell was stopped, else hands on `value`.
   * The first line is what each `await` costs.
   */
  resume<T>(token: CellToken, value: T): T {
    if (token === this.#current && !this.hasToStop(token)) return value;
    return this.#resumeOther(token, value);
  }

  hasToStop(token: CellToken): boolean {
    return token.isStopped || this.#requested[0] === token.run;
  }

  #resumeOther<T>(token: CellToken, value: T): T {
    if (token !== this.#current) {
      this.#current = token;
      queueMicrotaskOfNode(this.#restore);
    }
    if (this.hasToStop(token)) throw new Interruption(token.name);
    return value;
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
