import { MinHeap } from '../base/min-heap.js';
import { charactersOf, type Output, type OutputBody } from './outputs.js';

/** What a log keeps at most. When it is full, the oldest quarter goes, and readers are told so. */
export interface OutputLimits {
  readonly maxCount: number;
  readonly maxCharacters: number;
}

const mebi = 1024 ** 2;

/**
 * What one task of a call keeps: 100,000 outputs, and 32 Mi characters, less when the call has so many tasks
 * that they would hold more than 64 Mi together; 256 Ki in any case.
 */
export function limitsOfTask(tasks: number): OutputLimits {
  const share = Math.max((64 * mebi) / Math.max(tasks, 1), mebi / 4);
  return { maxCount: 100_000, maxCharacters: Math.min(32 * mebi, share) };
}

interface Entry {
  readonly output: Output;
  /** Place among the outputs of all tasks of the client. */
  readonly order: number;
  readonly characters: number;
}

/** Whose outputs a log holds; the engine of a load-balanced task is known once it began. */
export interface OutputOrigin {
  readonly engineId: number | undefined;
  readonly messageId: string;
}

/**
 * The outputs of one task in order. A reader that comes late gets what there was, then follows; it ends
 * when the log is closed. What a closed log still gets, as from a timer that outlives its cell, is for
 * readers that have not ended and for those that come. Beyond its limits a log forgets its oldest outputs, and a reader that had not
 * come to them gets one output of type `cut`, which counts them.
 */
export class OutputLog {
  readonly #origin: OutputOrigin;
  readonly #limits: OutputLimits;
  readonly #listeners = new Set<() => void>();
  #entries: Entry[] = [];
  /** Number of the first entry that is kept, counted from the task's first output. */
  #first = 0;
  #characters = 0;
  #cutCharacters = 0;
  #isClosed = false;

  constructor(origin: OutputOrigin, limits: OutputLimits = limitsOfTask(1)) {
    this.#origin = origin;
    this.#limits = limits;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  append(body: OutputBody, order: number): void {
    const { engineId, messageId } = this.#origin;
    const characters = charactersOf(body);
    this.#entries.push({ output: { ...body, engineId, messageId }, order, characters });
    this.#characters += characters;
    if (this.#isFull()) this.#cut();
    this.#notify();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#notify();
  }

  /** How many outputs were forgotten. */
  get cutCount(): number {
    return this.#first;
  }

  get characters(): number {
    return this.#characters;
  }

  /** Forgets the oldest outputs until not more than so many characters are left; keeps none for 0. */
  shrink(maxCharacters: number): void {
    let count = 0;
    while (count < this.#entries.length && this.#characters > maxCharacters) {
      this.#forget(this.#entries[count]);
      count += 1;
    }
    this.#drop(count);
  }

  /** A reader from the task's first output on. */
  reader(): OutputReader {
    let next = 0;
    return {
      peek: () => {
        if (next < this.#first) return { output: this.#cutBefore(next), order: -1 };
        return this.#entries[next - this.#first];
      },
      advance: () => {
        next = Math.max(next + 1, this.#first);
      },
    };
  }

  /** Everything that is kept; when something was cut, that comes first. */
  outputs(): Output[] {
    const kept = this.#entries.map((entry) => entry.output);
    return this.#first === 0 ? kept : [this.#cutBefore(0), ...kept];
  }

  /** Calls `listener` when an output was added and when the log was closed. @returns its end. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #isFull(): boolean {
    const { maxCount, maxCharacters } = this.#limits;
    return this.#entries.length > maxCount || this.#characters > maxCharacters;
  }

  /** Forgets at least a quarter, so that the work of it is spread over many outputs. */
  #cut(): void {
    const { maxCount, maxCharacters } = this.#limits;
    let count = 0;
    while (
      count < this.#entries.length - 1 &&
      (this.#entries.length - count > maxCount * 0.75 || this.#characters > maxCharacters * 0.75)
    ) {
      this.#forget(this.#entries[count]);
      count += 1;
    }
    this.#drop(count);
  }

  #forget(entry: Entry | undefined): void {
    const characters = entry?.characters ?? 0;
    this.#characters -= characters;
    this.#cutCharacters += characters;
  }

  #drop(count: number): void {
    if (count === 0) return;
    this.#entries = this.#entries.slice(count);
    this.#first += count;
  }

  #cutBefore(next: number): Output {
    const { engineId, messageId } = this.#origin;
    const count = this.#first - next;
    return { type: 'cut', count, characters: this.#cutCharacters, engineId, messageId };
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

export interface OutputReader {
  /** The next output, or undefined when there is none yet. */
  peek(): { readonly output: Output; readonly order: number } | undefined;
  advance(): void;
}

/** The outputs of several logs in the order they came in: what there was, then as they come. */
export async function* followLogs(logs: readonly OutputLog[]): AsyncGenerator<Output, void, void> {
  const merge = new Merge(logs);
  try {
    for (;;) {
      const output = merge.next();
      if (output !== undefined) yield output;
      else if (merge.isOver) return;
      else await merge.change();
    }
  } finally {
    merge.end();
  }
}

/** Takes the outputs of many logs by their order; only those that changed are looked at. */
class Merge {
  readonly #logs: readonly OutputLog[];
  readonly #readers: readonly OutputReader[];
  readonly #ends: readonly (() => void)[];
  /** Readers that have an output, by its place. */
  readonly #ready = new MinHeap<number>();
  /** Readers that had none, and may have one by now. */
  readonly #changed: Set<number>;
  readonly #isReady: boolean[];
  #closedUpTo = 0;
  #wake: (() => void) | undefined;

  constructor(logs: readonly OutputLog[]) {
    this.#logs = logs;
    this.#readers = logs.map((log) => log.reader());
    this.#isReady = logs.map(() => false);
    this.#changed = new Set(logs.keys());
    this.#ends = logs.map((log, index) =>
      log.onChange(() => {
        this.#changed.add(index);
        this.#wake?.();
      }),
    );
  }

  next(): Output | undefined {
    for (const index of this.#changed) this.#enter(index);
    this.#changed.clear();
    const index = this.#ready.pop();
    if (index === undefined) return undefined;
    this.#isReady[index] = false;
    this.#changed.add(index);
    const reader = this.#readers[index];
    const output = reader?.peek()?.output;
    reader?.advance();
    return output;
  }

  /** Nothing more comes; asked when there is nothing now. */
  get isOver(): boolean {
    while (this.#logs[this.#closedUpTo]?.isClosed === true) this.#closedUpTo += 1;
    return this.#closedUpTo === this.#logs.length;
  }

  change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  end(): void {
    for (const end of this.#ends) end();
  }

  #enter(index: number): void {
    const order = this.#isReady[index] === true ? undefined : this.#readers[index]?.peek()?.order;
    if (order === undefined) return;
    this.#isReady[index] = true;
    this.#ready.push(order, index);
  }
}
