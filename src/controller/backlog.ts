/** How long one turn of the loop may do what was put off, in ms. */
const sliceMs = 2;

export interface BacklogLimits {
  readonly maxJobs: number;
  /** Of what the jobs hold. */
  readonly maxBytes: number;
}

const defaultLimits: BacklogLimits = { maxJobs: 4096, maxBytes: 64 * 1024 ** 2 };

interface Job {
  readonly run: () => void;
  readonly bytes: number;
}

/**
 * Work that can wait until what is urgent is done: it runs in order, in small slices between the turns
 * of the event loop. When too much has piled up, each `push` does a slice first, so that it stays bounded.
 */
export class Backlog {
  readonly #jobs: (Job | undefined)[] = [];
  readonly #onError: (error: unknown) => void;
  readonly #limits: BacklogLimits;
  #next = 0;
  #bytes = 0;
  #isScheduled = false;

  /** @param onError - Hears of a job that threw; the others are done all the same. */
  constructor(onError: (error: unknown) => void, limits: Partial<BacklogLimits> = {}) {
    this.#onError = onError;
    this.#limits = { ...defaultLimits, ...limits };
  }

  /** @param bytes - What is held for the job until it is done. */
  push(run: () => void, bytes = 0): void {
    const { maxJobs, maxBytes } = this.#limits;
    if (this.#jobs.length - this.#next >= maxJobs) this.#work(performance.now() + sliceMs);
    this.#jobs.push({ run, bytes });
    this.#bytes += bytes;
    if (this.#bytes > maxBytes) this.drain();
    else this.#schedule();
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
      const job = this.#jobs[this.#next];
      this.#jobs[this.#next++] = undefined; // what it holds is free
      this.#bytes -= job?.bytes ?? 0;
      try {
        job?.run();
      } catch (error) {
        this.#onError(error);
      }
      if (performance.now() >= deadlineMs) break;
    }
    if (this.#next < this.#jobs.length && this.#next < this.#limits.maxJobs) return;
    this.#jobs.splice(0, this.#next);
    this.#next = 0;
  }
}
