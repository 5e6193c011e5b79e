import type { Clock } from '../base/clock.js';
import type { ErrorOutput } from '../client/outputs.js';
import { errorLabel, ErrorGroups, stackOf, summaryOf } from './error-groups.js';

/**
 * Tells of errors while a cell runs: `[error:0-3] TypeError: …` and its stack. Errors that come within a
 * moment are told together; a stack that was told is not told again, and only the first few are told at all.
 */
export class ErrorNotes {
  readonly #write: (text: string) => void;
  readonly #clock: Clock;
  readonly #held = new ErrorGroups();
  readonly #stacks = new Set<string>();
  #told = 0;
  #untold = 0;
  #timer: AbortController | undefined;

  constructor(write: (text: string) => void, options: { clock: Clock }) {
    this.#write = write;
    this.#clock = options.clock;
  }

  add(engineId: number | undefined, error: ErrorOutput): void {
    this.#held.add(engineId, error);
    if (this.#timer !== undefined) return;
    const timer = (this.#timer = new AbortController());
    void this.#clock.sleep(patienceMs, timer.signal).then(() => {
      if (this.#timer === timer) this.flush();
    }); // sleep never rejects
  }

  /** Tells what was held back. */
  flush(): void {
    this.#timer?.abort();
    this.#timer = undefined;
    for (const group of this.#held.take()) {
      if (this.#told === notesShown) {
        this.#untold += group.engineIds.length;
        continue;
      }
      this.#told += 1;
      const stack = group.error.traceback.join('\n');
      const isFull = !this.#stacks.has(stack) && this.#stacks.size < stacksShown;
      if (isFull) this.#stacks.add(stack);
      this.#write(`${errorLabel(group)} ${isFull ? stackOf(group) : summaryOf(group.error)}\n`);
    }
  }

  /** The cell is over. */
  finish(): void {
    this.flush();
    if (this.#untold > 0) this.#write(`[error] … and on ${this.#untold} more engines.\n`);
    this.#untold = 0;
  }
}

const patienceMs = 200;
const stacksShown = 4;
const notesShown = 100;
