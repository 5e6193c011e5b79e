/** A request that can be told from others; a broadcast one has the id that its client gave, too. */
export interface Identified {
  readonly ids: readonly string[];
}

/** How many ids of requests that have not arrived yet are kept: an abort can overtake its request. */
const abortedLimit = 10_000;

/** Requests in the order of their arrival, over all shell sockets. */
export class RequestQueue<Request extends Identified> {
  #waiting: Request[] = [];
  readonly #abortedIds = new Set<string>();

  /** @returns false when the request was aborted before it came. */
  push(request: Request): boolean {
    const wasAborted = request.ids.some((id) => this.#abortedIds.delete(id));
    if (!wasAborted) this.#waiting.push(request);
    return !wasAborted;
  }

  take(): Request | undefined {
    return this.#waiting.shift();
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Takes out what waits of `ids`, and those still to come; with no ids, all that waits. */
  abort(ids: readonly string[]): readonly Request[] {
    const meant = new Set(ids);
    const isAborted = (request: Request): boolean =>
      ids.length === 0 || request.ids.some((id) => meant.has(id));
    const aborted = this.#waiting.filter(isAborted);
    this.#waiting = this.#waiting.filter((request) => !isAborted(request));
    const seen = new Set(aborted.flatMap((request) => request.ids));
    for (const id of ids) if (!seen.has(id)) this.#remember(id);
    return aborted;
  }

  #remember(id: string): void {
    this.#abortedIds.add(id);
    if (this.#abortedIds.size <= abortedLimit) return;
    const [oldest] = this.#abortedIds;
    if (oldest !== undefined) this.#abortedIds.delete(oldest);
  }
}
