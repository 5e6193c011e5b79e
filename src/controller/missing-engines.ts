/** As many as are remembered. */
const limit = 10_000;

/** Engines that count as lost, though nobody saw them end: they may come back. */
export class MissingEngines {
  readonly #uuids = new Set<string>();

  add(uuid: string): void {
    this.#uuids.add(uuid);
    const [oldest] = this.#uuids;
    if (this.#uuids.size > limit && oldest !== undefined) this.#uuids.delete(oldest);
  }

  has(uuid: string): boolean {
    return this.#uuids.has(uuid);
  }
}
