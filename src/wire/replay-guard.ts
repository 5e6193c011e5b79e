/** Digests of one generation; of two there are as many as a Python receiver remembers. */
const generationSize = 32_768;
/** So many bits of a digest tell messages apart. */
const keyBytes = 16;

/**
 * Remembers the messages that came, by their digests, so that one that is sent a second time is noticed:
 * the last 32,768 at least, and never more than 65,536.
 *
 * Source: jupyter_client 8.6, `Session.digest_history`.
 */
export class ReplayGuard {
  #recent = new Set<string>();
  #older = new Set<string>();

  /** How many messages are remembered. */
  get size(): number {
    return this.#recent.size + this.#older.size;
  }

  /** @returns false for a digest that it was shown before. */
  admit(digest: Buffer): boolean {
    const key = digest.toString('latin1', 0, keyBytes);
    if (this.#recent.has(key) || this.#older.has(key)) return false;
    if (this.#recent.size >= generationSize) {
      this.#older = this.#recent;
      this.#recent = new Set();
    }
    this.#recent.add(key);
    return true;
  }
}
