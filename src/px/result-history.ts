import type { AsyncResult } from '../client/async-result.js';
import type { OutputLog } from '../client/output-log.js';
import { Task } from '../client/task.js';

/** A result of a `%px` line or `%%px` cell, and where it came from. */
export interface HistoryEntry {
  readonly result: AsyncResult<unknown[]>;
  /** Name of the cell: `Cell [3]`. */
  readonly cell: string;
  /** The first line of its code. */
  readonly title: string;
  readonly sentAt: Date;
  /** It was sent before the kernel was restarted. */
  readonly isFoundAgain: boolean;
}

export interface HistoryLimits {
  readonly maxResults: number;
  /** Of the outputs of all results together; the last one's are kept whatever they take. */
  readonly maxCharacters: number;
}

/** 20 results, and 128 Mi characters of outputs. */
export const historyLimits: HistoryLimits = {
  maxResults: 20,
  maxCharacters: 128 * 1024 ** 2,
};

/** The last results of a notebook, the oldest first. When they hold too much, the oldest forget outputs. */
export class ResultHistory {
  readonly #limits: HistoryLimits;
  #entries: readonly HistoryEntry[] = [];

  constructor(limits: HistoryLimits = historyLimits) {
    this.#limits = limits;
  }

  get entries(): readonly HistoryEntry[] {
    return this.#entries;
  }

  get results(): readonly AsyncResult<unknown[]>[] {
    return this.#entries.map(({ result }) => result);
  }

  /** True when a result has one of these requests. */
  has(messageIds: readonly (string | undefined)[]): boolean {
    return this.results.some((result) =>
      messageIds.some((id) => id && result.messageIds.includes(id)),
    );
  }

  add(entry: HistoryEntry): void {
    this.#entries = [...this.#entries, entry]
      .sort((a, b) => a.sentAt.getTime() - b.sentAt.getTime())
      .slice(-this.#limits.maxResults);
    this.#shrink();
    void entry.result.settled.then(() => this.#shrink()); // it never rejects
  }

  #shrink(): void {
    let characters = this.results.reduce((sum, result) => sum + charactersOf(result), 0);
    for (const result of this.results.slice(0, -1)) {
      for (const log of logsOf(result)) {
        if (characters <= this.#limits.maxCharacters) return;
        const before = log.characters;
        log.shrink(Math.max(0, before - (characters - this.#limits.maxCharacters)));
        characters -= before - log.characters;
      }
    }
  }
}

/** How many outputs of a result were cut, since they were too many to keep. */
export function cutCountOf(result: AsyncResult<unknown>): number {
  return logsOf(result).reduce((sum, log) => sum + log.cutCount, 0);
}

function charactersOf(result: AsyncResult<unknown>): number {
  return logsOf(result).reduce((sum, log) => sum + log.characters, 0);
}

function logsOf({ tasks }: AsyncResult<unknown>): OutputLog[] {
  return tasks.flatMap((task) => (task instanceof Task ? [task.log] : []));
}
