import { assertNever } from '../base/errors.js';

/** Whom a cluster belongs to, and so ends with. */
export interface Owner {
  /** Of a kernel its id, which is the same after a restart. */
  readonly id: string;
  readonly kind: 'kernel' | 'script';
}

export type LeaseEvent =
  | { type: 'started' }
  | { type: 'owner-connected'; connection: number; owner: Owner }
  | HolderEvent
  /** The time that was last asked for is over. */
  | { type: 'time-over' };

/** What a connection tells; of the owner's alone it counts. */
type HolderEvent =
  | { type: 'disconnected'; connection: number }
  | { type: 'released'; connection: number }
  | { type: 'restart-announced'; connection: number };

export type LeaseInstruction =
  | { type: 'accept'; connection: number }
  | { type: 'refuse'; connection: number }
  /** Sends `time-over` after `durationMs`; an earlier timer is replaced. */
  | { type: 'set-timer'; durationMs: number }
  | { type: 'clear-timer' }
  | { type: 'end-cluster'; reason: string };

export interface LeaseLimits {
  /** For the owner to come for the first time. */
  readonly firstMs: number;
  /** For the owner to come back. */
  readonly graceMs: number;
}

/**
 * Decides how long a cluster lives: as long as its owner holds a connection. A kernel may come back, with
 * the same id, after a restart; a script's death is final. A cluster without an owner lives on.
 */
export class LeaseState {
  readonly #owner: Owner | undefined;
  readonly #limits: LeaseLimits;
  #holder: number | undefined;
  #mayReturn: boolean;

  constructor(owner: Owner | undefined, limits: LeaseLimits) {
    this.#owner = owner;
    this.#limits = limits;
    this.#mayReturn = owner?.kind === 'kernel';
  }

  /** True while the owner's connection stands. */
  get isHeld(): boolean {
    return this.#holder !== undefined;
  }

  handle(event: LeaseEvent): LeaseInstruction[] {
    switch (event.type) {
      case 'started':
        if (this.#owner === undefined) return [];
        return [{ type: 'set-timer', durationMs: this.#limits.firstMs }];
      case 'owner-connected':
        return this.#connect(event.connection, event.owner);
      case 'time-over':
        return this.isHeld ? [] : [end('its owner did not come back')];
      case 'disconnected':
      case 'released':
      case 'restart-announced':
        return event.connection === this.#holder ? this.#handleHolder(event) : [];
    }
  }

  #handleHolder(event: HolderEvent): LeaseInstruction[] {
    switch (event.type) {
      case 'disconnected':
        return this.#lose();
      case 'released':
        return [end('its owner stopped it')];
      case 'restart-announced':
        this.#mayReturn = true;
        return [];
      default:
        return assertNever(event);
    }
  }

  /** The newest connection of the owner counts: an old one may not have noticed yet that it is dead. */
  #connect(connection: number, { id, kind }: Owner): LeaseInstruction[] {
    if (this.#owner === undefined || id !== this.#owner.id || kind !== this.#owner.kind) {
      return [{ type: 'refuse', connection }];
    }
    this.#holder = connection;
    this.#mayReturn = kind === 'kernel';
    return [{ type: 'accept', connection }, { type: 'clear-timer' }];
  }

  #lose(): LeaseInstruction[] {
    this.#holder = undefined;
    return this.#mayReturn
      ? [{ type: 'set-timer', durationMs: this.#limits.graceMs }]
      : [end('its owner ended')];
  }
}

function end(reason: string): LeaseInstruction {
  return { type: 'end-cluster', reason };
}
