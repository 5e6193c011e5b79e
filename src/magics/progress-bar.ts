import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import type { MimeBundle } from '../wire/contents.js';
import type { MagicOutput } from './magic-output.js';

/** How far something is. */
export interface Progress {
  /** Number of tasks that are finished. */
  readonly progress: number;
  readonly total: number;
  readonly elapsedMs: number;
}

/** `█████░░░░░ 2/4 engines · 12 s`, as text and with a bar of the front end's own. */
export function progressBundle(
  { progress, total, elapsedMs }: Progress,
  { noun, remark = '' }: { noun: string; remark?: string },
): MimeBundle {
  const filled = total === 0 ? width : Math.floor((progress / total) * width);
  const bar = '█'.repeat(filled) + '░'.repeat(width - filled);
  const count = `${progress}/${total} ${noun} · ${Math.floor(elapsedMs / 1000)} s${remark && ` · ${remark}`}`;
  return {
    'text/plain': `${bar} ${count}`,
    'text/html': `<progress value="${progress}" max="${Math.max(1, total)}"></progress> ${count}`,
  };
}

/** A progress bar in the output of a cell, updated in place. */
export class ProgressBar {
  readonly #source: Progress;
  readonly #output: MagicOutput;
  readonly #noun: string;
  readonly #id: string = randomUUID();
  #shown: string | undefined;

  constructor(source: Progress, output: MagicOutput, { noun }: { noun: string }) {
    this.#source = source;
    this.#output = output;
    this.#noun = noun;
  }

  /** Shows the bar after a while, and how it grows, until `signal` aborts. Never rejects. */
  async run(options: { afterMs: number; clock: Clock; signal: AbortSignal }): Promise<void> {
    const { afterMs, clock, signal } = options;
    if (afterMs === Infinity) return;
    if (afterMs > 0) await clock.sleep(afterMs, signal);
    while (!signal.aborted) {
      this.#show();
      await clock.sleep(periodMs, signal);
    }
  }

  /** The last state, if the bar was shown at all. */
  finish(remark: string): void {
    if (this.#shown !== undefined) this.#show(remark);
  }

  #show(remark?: string): void {
    const about = { noun: this.#noun, ...(remark === undefined ? {} : { remark }) };
    const bundle = progressBundle(this.#source, about);
    const text = String(bundle['text/plain']);
    if (text === this.#shown) return;
    this.#output.display(bundle, { id: this.#id, update: this.#shown !== undefined });
    this.#shown = text;
  }
}

const width = 20;
const periodMs = 200;
