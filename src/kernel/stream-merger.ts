import type { Clock } from '../base/clock.js';
import type { Header } from '../wire/message.js';

export interface StreamChunk {
  readonly name: 'stdout' | 'stderr';
  readonly text: string;
  /** The request that printed it; chunks of different requests are not merged. */
  readonly parent: Header | undefined;
}

/**
 * Joins what is printed in quick succession to fewer, larger messages: front ends and servers drop
 * messages that come too fast. The first text after a pause passes at once, nothing is ever lost, and
 * `flush` makes room for an output of another kind.
 */
export class StreamMerger {
  readonly #publish: (chunk: StreamChunk) => void;
  readonly #clock: Clock;
  readonly #periodMs: number;
  readonly #limit: number;
  #held: StreamChunk | undefined;
  #publishedMs = -Infinity;
  #timer: AbortController | undefined;

  constructor(
    publish: (chunk: StreamChunk) => void,
    options: { clock: Clock; periodMs?: number; limit?: number },
  ) {
    this.#publish = publish;
    this.#clock = options.clock;
    this.#periodMs = options.periodMs ?? 50;
    this.#limit = options.limit ?? 1 << 18;
  }

  add(chunk: StreamChunk): void {
    const held = this.#held;
    if (
      held !== undefined &&
      held.name === chunk.name &&
      held.parent?.msg_id === chunk.parent?.msg_id
    ) {
      this.#held = { ...chunk, text: held.text + chunk.text };
    } else {
      this.flush();
      this.#held = chunk;
    }
    this.#publishWhenDue();
  }

  /** Publishes what is held back. */
  flush(): void {
    this.#timer?.abort();
    this.#timer = undefined;
    const chunk = this.#held;
    if (chunk === undefined) return;
    this.#held = undefined;
    this.#publishedMs = this.#clock.now();
    this.#publish(chunk);
  }

  #publishWhenDue(): void {
    const isLong = (this.#held?.text.length ?? 0) >= this.#limit;
    const waitMs = this.#publishedMs + this.#periodMs - this.#clock.now();
    if (isLong || waitMs <= 0) {
      this.flush();
    } else if (this.#timer === undefined) {
      this.#flushAfter(waitMs);
    }
  }

  #flushAfter(waitMs: number): void {
    const timer = new AbortController();
    this.#timer = timer;
    void this.#clock.sleep(waitMs, timer.signal).then(() => {
      if (this.#timer === timer) this.flush();
    }); // sleep never rejects
  }
}
