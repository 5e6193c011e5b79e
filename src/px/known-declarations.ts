import { type Declarations, noDeclarations } from '../wire/cell.js';
import { mergeDeclarations } from './merge-declarations.js';

interface Identified {
  readonly uuid: string;
}

/** Engines that declare the same. */
export interface EngineGroup<Engine extends Identified> {
  readonly declarations: Declarations;
  readonly engines: readonly Engine[];
}

/**
 * What each engine declares, as far as this notebook knows: from the cells that it sent, and from engines
 * that answered that they hold something else. An engine that was not heard of declares nothing.
 */
export class KnownDeclarations {
  readonly #byUuid = new Map<string, Declarations>();
  #merged: Declarations | undefined = noDeclarations;

  of({ uuid }: Identified): Declarations {
    return this.#byUuid.get(uuid) ?? noDeclarations;
  }

  set({ uuid }: Identified, declarations: Declarations): void {
    this.#byUuid.set(uuid, declarations);
    this.#merged = undefined;
  }

  forget({ uuid }: Identified): void {
    this.#byUuid.delete(uuid);
    this.#merged = undefined;
  }

  clear(): void {
    this.#byUuid.clear();
    this.#merged = noDeclarations;
  }

  /** What any of the engines declares: the types of `px.pull`. */
  get merged(): Declarations {
    return (this.#merged ??= mergeDeclarations([...this.#byUuid.values()]));
  }

  /** The engines by what they declare, so that each group needs one compilation. */
  groups<Engine extends Identified>(engines: readonly Engine[]): EngineGroup<Engine>[] {
    const groups = new Map<string, { declarations: Declarations; engines: Engine[] }>();
    for (const engine of engines) {
      const declarations = this.of(engine);
      const group = groups.get(declarations.version) ?? { declarations, engines: [] };
      group.engines.push(engine);
      groups.set(declarations.version, group);
    }
    return [...groups.values()];
  }
}
