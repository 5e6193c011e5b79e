/** How long one turn of the loop may do what was put off, in ms. */
const sliceMs = 2;

/**
 * Work that can wait until what is urgent is done: it runs in order, in small slices between the turns
 * of the event loop. When too much has piled up, each `push` does a slice first, so that it stays bounded.
 */
export class Backlog {
  readonly #jobs: (() => void)[] = [];
  readonly #onError: (error: unknown) => void;
  readonly #maxJobs: number;
  #next = 0;
  #isScheduled = false;

  /** @param onError - Hears of a job that threw; the others are done all the same. */
  constructor(onError: (error: unknown) => void, maxJobs = 4096) {
    this.#onError = onError;
    this.#maxJobs = maxJobs;
  }

  push(job: () => void): void {
    if (this.#jobs.length - this.#next >= this.#maxJobs) this.#work(performance.now() + sliceMs);
    this.#jobs.push(job);
    this.#schedule();
  }

  /** Does all of it now. */
  drain(): void {
    this.#work(Infinity);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#work(performance.now() + sliceMs);
      if (this.#jobs.length > 0) this.#schedule();
    });
  }

  /** Does one job at least. */
  #work(deadlineMs: number): void {
    while (this.#next < this.#jobs.length) {
      const job = this.#jobs[this.#next++];
      try {
        job?.();
      } catch (error) {
        this.#onError(error);
      }
      if (performance.now() >= deadlineMs) break;
    }
    if (this.#next < this.#jobs.length && this.#next < this.#maxJobs) return;
    this.#jobs.splice(0, this.#next);
    this.#next = 0;
  }
}
