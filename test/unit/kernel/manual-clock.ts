import type { Clock } from '../../../lib/base/clock.js';

/** A clock that is advanced by hand. */
export class ManualClock implements Clock {
  #nowMs = 0;
  readonly #sleepers: { untilMs: number; wake: () => void }[] = [];

  now(): number {
    return this.#nowMs;
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((wake) => {
      this.#sleepers.push({ untilMs: this.#nowMs + durationMs, wake });
      signal?.addEventListener('abort', () => wake());
    });
  }

  async advance(durationMs: number): Promise<void> {
    this.#nowMs += durationMs;
    for (const { untilMs, wake } of this.#sleepers) if (untilMs <= this.#nowMs) wake();
    await Promise.resolve();
    await Promise.resolve();
  }
}
