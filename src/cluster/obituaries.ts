import type { EngineDeath } from '../wire/contents.js';
import type { EngineObituary, EngineStatus } from '../wire/cluster-requests.js';

/** As many as one looks at. */
const limit = 50;

/** The last engines that ended unasked, oldest first. */
export class Obituaries {
  readonly #list: EngineObituary[] = [];

  add(engine: EngineStatus, death: EngineDeath): void {
    this.#list.push({ ...engine, at: new Date().toISOString(), death });
    if (this.#list.length > limit) this.#list.shift();
  }

  get list(): readonly EngineObituary[] {
    return [...this.#list];
  }
}
