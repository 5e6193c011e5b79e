import type { Outcome } from './dependency.js';

/** How and where a task ended. */
export interface End {
  readonly outcome: Outcome;
  /** Absent when it never ran. */
  readonly engine: string | undefined;
}

/** Which tasks have ended, and which others wait to hear of it. */
export class TaskGraph {
  /** Ends in two generations: when the younger is full, the older is forgotten as a whole. */
  #ends = new Map<string, End>();
  #olderEnds = new Map<string, End>();
  readonly #dependents = new Map<string, Set<string>>();
  readonly #maxEnds: number;

  /**
   * @param maxEnds - As many ends are remembered, at least, and at most twice as many. A task cannot
   *   depend on one that was forgotten.
   */
  constructor(maxEnds = 32_768) {
    this.#maxEnds = maxEnds;
  }

  endOf(id: string): End | undefined {
    return this.#ends.get(id) ?? this.#olderEnds.get(id);
  }

  /** `dependent` wants to hear of the ends of `ids`. */
  connect(dependent: string, ids: Iterable<string>): void {
    for (const id of ids) {
      const dependents = this.#dependents.get(id);
      if (dependents === undefined) this.#dependents.set(id, new Set([dependent]));
      else dependents.add(dependent);
    }
  }

  disconnect(dependent: string, ids: Iterable<string>): void {
    for (const id of ids) {
      const dependents = this.#dependents.get(id);
      dependents?.delete(dependent);
      if (dependents?.size === 0) this.#dependents.delete(id);
    }
  }

  /** Notes the end of a task. @returns those that waited for it. */
  finish(id: string, end: End): readonly string[] {
    this.#ends.set(id, end);
    if (this.#ends.size >= this.#maxEnds) {
      this.#olderEnds = this.#ends;
      this.#ends = new Map();
    }
    const dependents = [...(this.#dependents.get(id) ?? [])];
    this.#dependents.delete(id);
    return dependents;
  }
}
