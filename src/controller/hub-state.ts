import { assertNever } from '../base/errors.js';
import type { EngineDeath, EngineDescription } from '../wire/contents.js';

/** An engine, as the controller knows it. */
export interface EngineEntry {
  readonly id: number;
  readonly uuid: string;
  /** What an engine of ours said of itself; Python's say nothing. */
  readonly description?: EngineDescription | undefined;
}

/** Which engines there are, and the id that the next one gets. */
export interface Roster {
  readonly engines: readonly EngineEntry[];
  readonly nextId: number;
}

export type HubEvent =
  | {
      type: 'registration-requested';
      uuid: string;
      requestedId: number | undefined;
      description: EngineDescription | undefined;
      nowMs: number;
    }
  /** Engines of an earlier run: those that answer are registered again, under their ids. */
  | { type: 'restored'; roster: Roster; nowMs: number }
  /** The first beat of a heart: all links of its engine are up. */
  | { type: 'heart-began'; uuid: string }
  | { type: 'unregistration-requested'; id: number }
  | { type: 'engine-lost'; uuid: string; death: EngineDeath }
  | { type: 'time-passed'; nowMs: number };

export type HubInstruction =
  | { type: 'accept'; engine: EngineEntry }
  /** It may still be there, since an earlier run: see whether it answers. */
  | { type: 'expect'; engine: EngineEntry }
  | { type: 'refuse'; uuid: string; reason: string }
  | { type: 'announce-registered'; engine: EngineEntry; afterMs: number }
  | { type: 'announce-lost'; engine: EngineEntry; death: EngineDeath }
  /** It asked for registration and never was reachable. */
  | { type: 'give-up'; engine: EngineEntry };

/** Ids count up from what is granted, and stay exact. */
const maxRequestedId = 2 ** 31;

/** An engine that was accepted and whose heart has not beaten yet. */
interface Candidate {
  readonly engine: EngineEntry;
  readonly sinceMs: number;
  /** It was registered in an earlier run. */
  readonly isRestored: boolean;
}

/**
 * Who is registered. Ids count up and are never given twice; a registration is complete at the first
 * beat of the engine's heart.
 */
export class HubState {
  readonly engines: Map<number, EngineEntry> = new Map();
  readonly #byUuid = new Map<string, EngineEntry>();
  readonly #candidates = new Map<string, Candidate>();
  readonly #givenIds = new Set<number>();
  readonly #registrationTimeoutMs: number;
  #nextId = 0;
  #nowMs = 0;

  constructor(options: { registrationTimeoutMs: number }) {
    this.#registrationTimeoutMs = options.registrationTimeoutMs;
  }

  handle(event: HubEvent): HubInstruction[] {
    switch (event.type) {
      case 'registration-requested':
        return this.#request(event);
      case 'restored':
        return this.#restore(event.roster, event.nowMs);
      case 'heart-began':
        return this.#complete(event.uuid);
      case 'unregistration-requested':
        return this.#leave(event.id);
      case 'engine-lost':
        return this.#lose(event.uuid, event.death);
      case 'time-passed':
        this.#nowMs = event.nowMs;
        return this.#expire();
      default:
        return assertNever(event);
    }
  }

  /** Engines of an earlier run that have neither answered nor been given up are among them. */
  get roster(): Roster {
    const restored = [...this.#candidates.values()].filter(({ isRestored }) => isRestored);
    const engines = [...this.engines.values(), ...restored.map(({ engine }) => engine)];
    return { engines: engines.sort((a, b) => a.id - b.id), nextId: this.#nextId };
  }

  /** Whether some engine of an earlier run may still answer. */
  get isRestoring(): boolean {
    return [...this.#candidates.values()].some(({ isRestored }) => isRestored);
  }

  /** Whether an engine is here, or was in an earlier run and may still answer. */
  hasOrAwaits(uuid: string): boolean {
    return this.#byUuid.has(uuid) || this.#candidates.get(uuid)?.isRestored === true;
  }

  byUuid(uuid: string): EngineEntry | undefined {
    return this.#byUuid.get(uuid);
  }

  #request(event: Extract<HubEvent, { type: 'registration-requested' }>): HubInstruction[] {
    const { uuid, requestedId, description, nowMs } = event;
    this.#nowMs = nowMs;
    if (this.#byUuid.has(uuid) || this.#candidates.has(uuid)) {
      return [{ type: 'refuse', uuid, reason: `uuid '${uuid}' in use` }];
    }
    const engine: EngineEntry = { id: this.#newId(requestedId), uuid, description };
    this.#candidates.set(uuid, { engine, sinceMs: nowMs, isRestored: false });
    return [{ type: 'accept', engine }];
  }

  #restore({ engines, nextId }: Roster, nowMs: number): HubInstruction[] {
    this.#nowMs = nowMs;
    for (const engine of engines) {
      this.#givenIds.add(engine.id);
      this.#candidates.set(engine.uuid, { engine, sinceMs: nowMs, isRestored: true });
    }
    this.#nextId = Math.max(nextId, ...engines.map(({ id }) => id + 1));
    return engines.map((engine) => ({ type: 'expect', engine }));
  }

  #newId(requestedId: number | undefined): number {
    const isFree =
      requestedId !== undefined &&
      Number.isInteger(requestedId) &&
      requestedId >= 0 &&
      requestedId <= maxRequestedId &&
      !this.#givenIds.has(requestedId);
    const id = isFree ? requestedId : this.#nextId;
    this.#givenIds.add(id);
    this.#nextId = Math.max(this.#nextId, id + 1);
    return id;
  }

  #complete(uuid: string): HubInstruction[] {
    const candidate = this.#candidates.get(uuid);
    if (candidate === undefined) return [];
    const { engine, sinceMs } = candidate;
    this.#candidates.delete(uuid);
    this.engines.set(engine.id, engine);
    this.#byUuid.set(uuid, engine);
    return [{ type: 'announce-registered', engine, afterMs: this.#nowMs - sinceMs }];
  }

  #leave(id: number): HubInstruction[] {
    const engine =
      this.engines.get(id) ??
      [...this.#candidates.values()].find((candidate) => candidate.engine.id === id)?.engine;
    return engine === undefined ? [] : this.#lose(engine.uuid, { how: 'left' });
  }

  #lose(uuid: string, death: EngineDeath): HubInstruction[] {
    const candidate = this.#candidates.get(uuid);
    if (candidate !== undefined) {
      this.#candidates.delete(uuid);
      return [{ type: 'give-up', engine: candidate.engine }];
    }
    const engine = this.#byUuid.get(uuid);
    if (engine === undefined) return [];
    this.engines.delete(engine.id);
    this.#byUuid.delete(uuid);
    return [{ type: 'announce-lost', engine, death }];
  }

  #expire(): HubInstruction[] {
    const expired = [...this.#candidates.values()].filter(
      ({ sinceMs }) => this.#nowMs - sinceMs > this.#registrationTimeoutMs,
    );
    for (const { engine } of expired) this.#candidates.delete(engine.uuid);
    return expired.map(({ engine }) => ({ type: 'give-up', engine }));
  }
}
