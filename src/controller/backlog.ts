/** How long one turn of the loop may do what was put off, in ms: so long a message may have to wait. */
const sliceMs = 0.5;
/** How long it is put off, in ms: what is done many at a time costs less than one by one. */
const restMs = 20;

/**
 * Work that can wait until what is urgent is done: it is gathered for a while, and then runs in order, in
 * small slices between the turns of the event loop. When too much has piled up, each `push` does a slice
 * first, so that it stays bounded.
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
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setTimeout(() => this.#workOn(), restMs);
  }

  /** Does all of it now. */
  drain(): void {
    this.#work(Infinity);
  }

  #workOn(): void {
    this.#work(performance.now() + sliceMs);
    this.#isScheduled = this.#jobs.length > 0;
    if (this.#isScheduled) setImmediate(() => this.#workOn());
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
