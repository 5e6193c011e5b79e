import type { Clock } from '../base/clock.js';

/**
 * How much may be printed: Jupyter's server drops all outputs of a kernel that sends more than 3 MB within
 * 3 s (`iopub_data_rate_limit`), so a kernel that sends less loses nothing.
 */
export const jupyterPace: PaceLimits = { bytesPerSecond: 500_000, burstBytes: 1_000_000 };

export interface PaceLimits {
  readonly bytesPerSecond: number;
  /** What may be sent at once after a pause. */
  readonly burstBytes: number;
}

/** Makes whoever prints wait, so that front ends can follow. */
export class OutputPace {
  readonly #limits: PaceLimits;
  readonly #clock: Clock;
  #credit: number;
  #refilledMs: number;
  #hurry = new AbortController();

  constructor(limits: PaceLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
    this.#credit = limits.burstBytes;
    this.#refilledMs = clock.now();
  }

  /** Resolves when `sizeBytes` more may have been sent: at once as long as there is credit. */
  async take(sizeBytes: number): Promise<void> {
    this.#refill();
    this.#credit -= sizeBytes;
    if (this.#credit >= 0 || this.#hurry.signal.aborted) return;
    const waitMs = (-this.#credit / this.#limits.bytesPerSecond) * 1000;
    await this.#clock.sleep(waitMs, this.#hurry.signal);
  }

  /** Lets pass what waits, because its cell was stopped: the end is to be seen now. */
  hurry(): void {
    this.#hurry.abort();
  }

  /** Ends the hurry. */
  resume(): void {
    if (this.#hurry.signal.aborted) this.#hurry = new AbortController();
  }

  #refill(): void {
    const nowMs = this.#clock.now();
    const earned = ((nowMs - this.#refilledMs) / 1000) * this.#limits.bytesPerSecond;
    this.#refilledMs = nowMs;
    const { burstBytes } = this.#limits;
    this.#credit = Math.max(-burstBytes, Math.min(burstBytes, this.#credit + earned));
  }
}
