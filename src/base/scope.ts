/** Anything with a socket, a timer or a process. Closing twice is closing once. */
export interface Closeable {
  close(): void | Promise<void>;
}

/** Closes what was opened, last opened first; every step runs even when one throws. */
export class Scope implements AsyncDisposable {
  readonly #steps: (() => void | Promise<void>)[] = [];
  #closing: Promise<void> | undefined;

  /** Registers `resource` and returns it, so that opening and owning are one line. */
  use<T extends Closeable>(resource: T): T {
    this.#steps.push(() => resource.close());
    return resource;
  }

  /** Registers a step of the closing. */
  onClose(step: () => void | Promise<void>): void {
    this.#steps.push(step);
  }

  /** Idempotent: a second call waits for the first. */
  close(): Promise<void> {
    return (this.#closing ??= this.#closeAll());
  }

  async #closeAll(): Promise<void> {
    const errors: unknown[] = [];
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'Closing failed');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
