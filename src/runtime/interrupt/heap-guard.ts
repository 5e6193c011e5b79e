import { type Clock, systemClock } from '../../base/clock.js';

/** No allocation that is looked after fills a heap faster, in bytes for a millisecond. */
const fillRate = 2 * 1024 ** 2;
/** Share of the limit from which on main is asked: the whole process is that large, its heap may be small. */
const largeShare = 0.7;
/** Share of the limit that may fill between two questions. */
const stepShare = 0.03;
const restLimitsMs = { shortest: 10, asking: 50, longest: 250 };

export interface HeapGuardOptions {
  readonly main: {
    readonly heapLimitBytes: number;
    /** Stops what runs if the heap is full. */
    relieve(): Promise<unknown>;
  };
  /** Whether code of the user is under way. The guard rests when none is. */
  readonly isBusy: () => boolean;
  /** Resident bytes of the process. @defaultValue as the system says */
  readonly residentBytes?: () => number;
  readonly clock?: Clock;
}

/**
 * Looks from the worker after the heap of the main thread while cells run there. A cell that fills it is
 * stopped in time, where V8 would end the process, and with it the notebook's variables.
 *
 * The size of the process is cheap to read, and is all that is looked at while it is small.
 */
export class HeapGuard {
  readonly #options: HeapGuardOptions;
  readonly #closing = new AbortController();
  #isWatching = false;

  constructor(options: HeapGuardOptions) {
    this.#options = options;
  }

  /** Watches until nothing runs any more. To be called when something begins to. */
  begin(): void {
    if (!this.#isWatching) void this.#watch(); // it never rejects
  }

  close(): void {
    this.#closing.abort();
  }

  async #watch(): Promise<void> {
    const { isBusy, clock = systemClock } = this.#options;
    const { signal } = this.#closing;
    this.#isWatching = true;
    for (;;) {
      await clock.sleep(this.#restMs(), signal);
      if (signal.aborted || !isBusy()) break;
      if (this.#roomBytes() <= 0) await this.#options.main.relieve();
    }
    this.#isWatching = false;
  }

  /** How long nothing can happen. */
  #restMs(): number {
    const roomBytes = this.#roomBytes();
    const { shortest, asking, longest } = restLimitsMs;
    if (roomBytes > 0) return within(shortest, roomBytes / fillRate, longest);
    return within(shortest, (stepShare * this.#options.main.heapLimitBytes) / fillRate, asking);
  }

  /** How much the process may grow before main's heap can be full. */
  #roomBytes(): number {
    const { main, residentBytes = residentBytesNow } = this.#options;
    return largeShare * main.heapLimitBytes - residentBytes();
  }
}

function residentBytesNow(): number {
  return process.memoryUsage.rss();
}

function within(least: number, value: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
