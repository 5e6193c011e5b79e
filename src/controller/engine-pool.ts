import type { Pick } from './schemes.js';

interface Slot {
  readonly uuid: string;
  load: number;
}

export interface EnginePoolOptions {
  readonly pick: Pick;
  /** Tasks that an engine may have at once; 0 for any number. */
  readonly maxLoad: number;
  readonly random: () => number;
}

/** The engines that tasks can be given to, least recently used first, each with its load. */
export class EnginePool {
  readonly #options: EnginePoolOptions;
  #slots: Slot[] = [];

  constructor(options: EnginePoolOptions) {
    this.#options = options;
  }

  /** A new engine is first in line. */
  add(uuid: string): void {
    this.#slots.unshift({ uuid, load: 0 });
  }

  remove(uuid: string): void {
    this.#slots = this.#slots.filter((slot) => slot.uuid !== uuid);
  }

  has(uuid: string): boolean {
    return this.#slots.some((slot) => slot.uuid === uuid);
  }

  some(isWanted: (uuid: string) => boolean): boolean {
    return this.#slots.some(({ uuid }) => isWanted(uuid));
  }

  get hasRoom(): boolean {
    return this.#slots.some((slot) => this.#isFree(slot));
  }

  /** Takes one of the engines with room that `isSuitable`; it moves to the end of the line. */
  take(isSuitable: (uuid: string) => boolean): string | undefined {
    const free = this.#slots.filter((slot) => this.#isFree(slot) && isSuitable(slot.uuid));
    if (free.length === 0) return undefined;
    const { pick, random } = this.#options;
    const slot =
      free[
        pick(
          free.map(({ load }) => load),
          random,
        )
      ];
    if (slot === undefined) return undefined;
    slot.load += 1;
    this.#slots = [...this.#slots.filter((other) => other !== slot), slot];
    return slot.uuid;
  }

  /** A task of the engine has ended. */
  release(uuid: string): void {
    const slot = this.#slots.find((candidate) => candidate.uuid === uuid);
    if (slot !== undefined && slot.load > 0) slot.load -= 1;
  }

  #isFree({ load }: Slot): boolean {
    const { maxLoad } = this.#options;
    return maxLoad === 0 || load < maxLoad;
  }
}
