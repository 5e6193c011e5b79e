import { type Declarations, noDeclarations } from '../wire/cell.js';
import { declarationsOf, withVariables } from '../wire/declarations.js';

/** What the namespace of an engine holds in TypeScript's terms; the text is its clients', only kept here. */
export class EngineDeclarations {
  #current: Declarations = noDeclarations;

  get current(): Declarations {
    return this.#current;
  }

  /** True when a cell that was compiled against `version` fits. */
  isAt(version: string): boolean {
    return this.#current.version === version;
  }

  adopt(next: Declarations): void {
    this.#current = next;
  }

  /** Variables that came from outside; those without a known type are `any`. */
  addVariables(names: readonly string[], types: Readonly<Record<string, string>> = {}): void {
    const untyped = names.filter((name) => !Object.hasOwn(types, name));
    const all = { ...types, ...Object.fromEntries(untyped.map((name) => [name, 'any'])) };
    this.#current = withVariables(this.#current, all);
  }

  clear(): void {
    this.#current = declarationsOf('');
  }
}
