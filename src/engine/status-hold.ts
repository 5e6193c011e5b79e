import type { Clock } from '../base/clock.js';
import type { MessageOutput, Output } from '../runtime/output-link.js';
import type { Header } from '../wire/message.js';

type Publish = (output: Output, parent: Header | undefined) => Promise<void>;

interface Held {
  readonly output: Output;
  readonly parent: Header | undefined;
  readonly sinceMs: number;
}

/** What runs longer is said to be busy, although it shows nothing. */
const holdMs = 50;

/**
 * Keeps back that an engine is busy with a request whose client asked for `status` when something is
 * shown, until something is, or until it takes a while. What is short and silent then has two messages
 * less to make, carry and read: its reply says that no outputs follow.
 */
export class StatusHold {
  readonly #send: Publish;
  readonly #clock: Clock;
  #held: Held | undefined;
  #isWatching = false;

  constructor(send: Publish, clock: Clock) {
    this.#send = send;
    this.#clock = clock;
  }

  async publish(output: Output, parent: Header | undefined): Promise<void> {
    const isOwn = this.#held?.output.id === output.id;
    if (isWhenShown(output) && isOwn) {
      this.#held = undefined; // the end of what nobody heard of
      return;
    }
    if (isOwn) await this.#release();
    if (isWhenShown(output) && isBusy(output)) this.#hold(output, parent);
    else await this.#send(output, parent);
  }

  #hold(output: Output, parent: Header | undefined): void {
    this.#held = { output, parent, sinceMs: this.#clock.now() };
    if (this.#isWatching) return;
    this.#isWatching = true;
    void this.#watch(); // neither the clock nor the publisher's loss of one status rejects
  }

  /** One timer, however many short requests come and go. */
  async #watch(): Promise<void> {
    while (this.#held !== undefined) {
      await this.#clock.sleep(this.#held.sinceMs + holdMs - this.#clock.now());
      if (this.#isDue()) await this.#release().catch(() => undefined);
    }
    this.#isWatching = false;
  }

  /** Asked anew after a wait: what was held may be another, or gone. */
  #isDue(): boolean {
    return this.#held !== undefined && this.#held.sinceMs + holdMs <= this.#clock.now();
  }

  async #release(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) await this.#send(held.output, held.parent);
  }
}

function isWhenShown(output: Output): output is MessageOutput {
  return output.kind === 'message' && output.metadata?.['pxlab_status'] === 'when-shown';
}

function isBusy({ content }: MessageOutput): boolean {
  return 'execution_state' in content && content.execution_state === 'busy';
}
