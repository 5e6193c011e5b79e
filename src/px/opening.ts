/** Work that several wait for and each may give up: when all have, it is cancelled. */
export class Opening<T> {
  /** Resolves when the work is over, well or not. */
  readonly settled: Promise<void>;
  readonly #work: Promise<T>;
  readonly #cancel = new AbortController();
  #waiting = 0;

  constructor(work: (signal: AbortSignal) => Promise<T>) {
    this.#work = work(this.#cancel.signal);
    this.settled = this.#work.then(
      () => undefined,
      () => undefined,
    );
  }

  get isCancelled(): boolean {
    return this.#cancel.signal.aborted;
  }

  abort(reason: unknown): void {
    this.#cancel.abort(reason);
  }

  /** The work's result, or `signal.reason` as soon as the caller gives up. */
  async wait(signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    this.#waiting += 1;
    try {
      return await Promise.race([this.#work, ...(signal === undefined ? [] : [rejection(signal)])]);
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0 && signal?.aborted === true) this.abort(signal.reason);
    }
  }
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
