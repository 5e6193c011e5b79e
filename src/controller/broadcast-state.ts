import { assertNever } from '../base/errors.js';

export type BroadcastEvent =
  | { type: 'requested'; id: string; engines: readonly string[]; isCoalescing: boolean }
  /** `id` is that of the client's request; the engine answered its copy. */
  | { type: 'answered'; id: string; engine: string; isCoalescing: boolean }
  /** The engine goes on, but its copy was lost on the way, or its reply was. */
  | { type: 'copy-lost'; id: string; engine: string }
  | { type: 'engine-registered'; engine: string }
  | { type: 'engine-lost'; engine: string };

export type BroadcastInstruction =
  | { type: 'send-copy'; id: string; engine: string }
  | { type: 'relay-reply' }
  /** Keep the reply that the event told of for `send-merged`. */
  | { type: 'keep-reply'; id: string; engine: string }
  /** One message with the buffers of all that were kept, in the order of `engines`. */
  | { type: 'send-merged'; id: string; engines: readonly string[] }
  /** An engine is gone, and without its part there is no whole: clients fail the request themselves. */
  | { type: 'forget'; id: string }
  /** The same of a part that was lost while its engine goes on: no client knows of it. */
  | { type: 'fail'; id: string };

interface Gathering {
  readonly engines: readonly string[];
  readonly missing: Set<string>;
}

/**
 * One request for many engines, as a tree of depth 0: each engine gets a copy; the replies go to the
 * client one by one or, for a coalescing request, as one when all have come.
 */
export class BroadcastState {
  readonly #engines = new Set<string>();
  readonly #gatherings = new Map<string, Gathering>();

  handle(event: BroadcastEvent): BroadcastInstruction[] {
    switch (event.type) {
      case 'requested':
        return this.#spread(event.id, event);
      case 'answered':
        return event.isCoalescing
          ? this.#gather(event.id, event.engine)
          : [{ type: 'relay-reply' }];
      case 'copy-lost':
        return this.#fail(event.id, event.engine);
      case 'engine-registered':
        this.#engines.add(event.engine);
        return [];
      case 'engine-lost':
        return this.#lose(event.engine);
      default:
        return assertNever(event);
    }
  }

  /** Engines that are gone are left out: clients learn of them by the hub's notification. */
  #spread(
    id: string,
    request: { engines: readonly string[]; isCoalescing: boolean },
  ): BroadcastInstruction[] {
    const engines = request.engines.filter((engine) => this.#engines.has(engine));
    if (request.isCoalescing && engines.length === request.engines.length) {
      this.#gatherings.set(id, { engines, missing: new Set(engines) });
    }
    return engines.map((engine) => ({ type: 'send-copy', id, engine }));
  }

  #gather(id: string, engine: string): BroadcastInstruction[] {
    const gathering = this.#gatherings.get(id);
    if (gathering === undefined || !gathering.missing.delete(engine)) return [];
    const kept = { type: 'keep-reply', id, engine } as const;
    if (gathering.missing.size > 0) return [kept];
    this.#gatherings.delete(id);
    return [kept, { type: 'send-merged', id, engines: gathering.engines }];
  }

  #lose(engine: string): BroadcastInstruction[] {
    this.#engines.delete(engine);
    const lost = [...this.#gatherings].filter(([, { missing }]) => missing.has(engine));
    for (const [id] of lost) this.#gatherings.delete(id);
    return lost.map(([id]) => ({ type: 'forget', id }));
  }

  #fail(id: string, engine: string): BroadcastInstruction[] {
    if (this.#gatherings.get(id)?.missing.has(engine) !== true) return [];
    this.#gatherings.delete(id);
    return [{ type: 'fail', id }];
  }
}
