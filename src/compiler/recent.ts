/** What was asked for last. The entry that was not used for longest makes room. */
export class Recent<T> {
  readonly #entries = new Map<string, T>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#touch(key, entry);
    return entry;
  }

  set(key: string, entry: T): void {
    this.#touch(key, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#limit && oldest !== undefined) this.#entries.delete(oldest);
  }

  clear(): void {
    this.#entries.clear();
  }

  #touch(key: string, entry: T): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
  }
}
