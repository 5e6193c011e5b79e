import { Line } from './line.js';

interface Waiting {
  /** The same for all that the same engines suit. */
  readonly group: string;
}

/** What waits for an engine and for nothing else, in the order of its arrival. */
export class ReadyLine<T extends Waiting> {
  readonly #line = new Line<T>();
  readonly #groupOf = new Map<string, string>();
  readonly #sizes = new Map<string, number>();

  has(id: string): boolean {
    return this.#groupOf.has(id);
  }

  push(id: string, item: T): void {
    this.delete(id);
    this.#line.push(id, item);
    this.#groupOf.set(id, item.group);
    this.#sizes.set(item.group, (this.#sizes.get(item.group) ?? 0) + 1);
  }

  delete(id: string): void {
    const group = this.#groupOf.get(id);
    if (group === undefined) return;
    this.#line.delete(id);
    this.#groupOf.delete(id);
    const size = (this.#sizes.get(group) ?? 0) - 1;
    if (size > 0) this.#sizes.set(group, size);
    else this.#sizes.delete(group);
  }

  /**
   * Calls `take` with one after the other, as long as there is room. Where it does not take one, it would
   * not take the others of its group: thousands may wait for the same engine.
   */
  offer(take: (item: T) => boolean, hasRoom: () => boolean): void {
    const blocked = new Set<string>();
    for (const item of this.#line) {
      if (blocked.size === this.#sizes.size || !hasRoom()) return;
      if (!blocked.has(item.group) && !take(item)) blocked.add(item.group);
    }
  }
}
