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

  /** An engine that said good-bye has ended now: how is better known. */
  amend(uuid: string, death: EngineDeath): void {
    const index = this.#list.findIndex((obituary) => obituary.uuid === uuid);
    const obituary = this.#list[index];
    if (obituary?.death.how === 'left') this.#list[index] = { ...obituary, death };
  }

  get list(): readonly EngineObituary[] {
    return [...this.#list];
  }
}
