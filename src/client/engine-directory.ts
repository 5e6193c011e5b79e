import type { EngineDeath, EngineDescription } from '../wire/contents.js';
import { languageOfUuid } from '../wire/engine-uuid.js';

/** An engine of the cluster, as a client knows it. */
export interface Engine {
  readonly id: number;
  readonly uuid: string;
  readonly language: 'typescript' | 'python';
  /** Known for engines of ours on a controller of ours, as the following are. */
  readonly pid?: number;
  readonly host?: string;
  /** Version of pxlab on the engine. */
  readonly version?: string;
}

/** What a controller says of an engine: engines of ours describe themselves, to controllers of ours. */
export interface KnownEngine {
  readonly id: number;
  readonly uuid: string;
  readonly description?: EngineDescription | undefined;
}

export type EngineChange =
  | { readonly type: 'engine-registered'; readonly engine: Engine }
  | { readonly type: 'engine-lost'; readonly engine: Engine; readonly death: EngineDeath };

/** Enough for what was prepared for an engine before it died. */
const deathsRemembered = 1000;

/** The engines that there are, kept up to date by the hub's notifications. No I/O. */
export class EngineDirectory {
  readonly #byUuid = new Map<string, Engine>();
  readonly #listeners = new Set<(change: EngineChange) => void>();
  readonly #deaths = new Map<string, EngineDeath>();
  #sorted: readonly Engine[] = [];

  /** Sorted by id. */
  get engines(): readonly Engine[] {
    return this.#sorted;
  }

  byUuid(uuid: string): Engine | undefined {
    return this.#byUuid.get(uuid);
  }

  byId(id: number): Engine | undefined {
    return this.#sorted.find((engine) => engine.id === id);
  }

  /** How an engine that was here ended, as long as it is remembered. */
  deathOf(uuid: string): EngineDeath | undefined {
    return this.#deaths.get(uuid);
  }

  add(known: KnownEngine): void {
    if (this.#byUuid.has(known.uuid)) return;
    const engine = toEngine(known);
    this.#byUuid.set(engine.uuid, engine);
    this.#sort();
    this.#notify({ type: 'engine-registered', engine });
  }

  remove(uuid: string, death: EngineDeath): void {
    const engine = this.#byUuid.get(uuid);
    if (engine === undefined) return;
    this.#byUuid.delete(uuid);
    this.#remember(uuid, death);
    this.#sort();
    this.#notify({ type: 'engine-lost', engine, death });
  }

  /** Takes the hub's full list: what is missing there is lost, what is new is added. */
  replace(all: readonly KnownEngine[]): void {
    const present = new Set(all.map((engine) => engine.uuid));
    for (const { uuid } of this.#sorted) {
      if (!present.has(uuid)) this.remove(uuid, { how: 'left' });
    }
    for (const engine of all) this.add(engine);
  }

  /** Calls `listener` at each engine that comes or goes. @returns a function that ends it. */
  onChange(listener: (change: EngineChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #remember(uuid: string, death: EngineDeath): void {
    this.#deaths.set(uuid, death);
    const [oldest] = this.#deaths.keys();
    if (this.#deaths.size > deathsRemembered && oldest !== undefined) this.#deaths.delete(oldest);
  }

  #sort(): void {
    this.#sorted = [...this.#byUuid.values()].sort((a, b) => a.id - b.id);
  }

  #notify(change: EngineChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

function toEngine({ id, uuid, description }: KnownEngine): Engine {
  if (description === undefined) return { id, uuid, language: languageOfUuid(uuid) };
  const { language, pid, host, version } = description;
  return { id, uuid, language, pid, host, version };
}
