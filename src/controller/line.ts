/**
 * A queue from whose middle items leave as well, by key. Unlike a `Map` it does not slow down when a
 * hundred thousand items leave at the front one after the other.
 */
export class Line<T> {
  #items: (readonly [key: string, item: T] | undefined)[] = [];
  readonly #positions = new Map<string, number>();
  #head = 0;

  get size(): number {
    return this.#positions.size;
  }

  has(key: string): boolean {
    return this.#positions.has(key);
  }

  push(key: string, item: T): void {
    this.delete(key);
    this.#positions.set(key, this.#items.length);
    this.#items.push([key, item]);
  }

  delete(key: string): void {
    const position = this.#positions.get(key);
    if (position === undefined) return;
    this.#positions.delete(key);
    this.#items[position] = undefined;
    while (this.#head < this.#items.length && this.#items[this.#head] === undefined) {
      this.#head += 1;
    }
    if (this.#items.length > 2 * this.size + 64) this.#compact();
  }

  /** In the order of arrival; items may leave meanwhile. */
  *[Symbol.iterator](): Generator<T, void, void> {
    const items = this.#items;
    for (let position = this.#head; position < items.length; position += 1) {
      const entry = items[position];
      if (entry !== undefined && this.#positions.has(entry[0])) yield entry[1];
    }
  }

  #compact(): void {
    this.#items = this.#items.filter((entry) => entry !== undefined);
    this.#head = 0;
    for (const [position, entry] of this.#items.entries()) {
      if (entry !== undefined) this.#positions.set(entry[0], position);
    }
  }
}
