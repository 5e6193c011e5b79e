/**
 * The variables of all cells: the `exports` that compiled cells read and write.
 *
 * The object is kept in V8's fast mode, in which a top-level loop over `exports.x` runs like one over
 * locals; in dictionary mode it is 10 to 20 times slower. So names are added before a cell runs, none
 * is ever deleted, and after each addition the object is made a prototype once, which V8 answers by
 * laying it out anew.
 */
export class Namespace {
  #variables: Record<string, unknown> = emptyVariables();

  get variables(): Record<string, unknown> {
    return this.#variables;
  }

  /** Adds the names that are not there yet, as undefined. */
  declare(names: readonly string[]): void {
    const variables = this.#variables;
    let isGrown = false;
    for (const name of names) {
      if (Object.hasOwn(variables, name)) continue;
      variables[name] = undefined;
      isGrown = true;
    }
    if (isGrown) layOutAnew(variables);
  }

  /** Functions of earlier cells keep what they see; new cells start with nothing. */
  clear(): void {
    this.#variables = emptyVariables();
  }
}

/** Without a prototype, so that `toString` or `constructor` is no variable. */
function emptyVariables(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}

function layOutAnew(variables: object): void {
  // A function of its own each time: V8 acts when an object becomes the prototype of a new map.
  const Constructor = function (): void {
    // only its prototype matters
  } as unknown as new () => { readonly absent?: unknown };
  Constructor.prototype = variables;
  const instance = new Constructor();
  // A property load through the prototype chain makes V8 optimise the prototype.
  for (let load = 0; load < 12; load++) touch(instance);
}

function touch(instance: { readonly absent?: unknown }): unknown {
  return instance.absent;
}
