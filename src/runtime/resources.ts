interface Resource {
  readonly name: string;
  readonly dispose: () => unknown;
}

/** A resource that could not be disposed of. */
export interface FailedDisposal {
  readonly name: string;
  readonly thrown: unknown;
}

/**
 * What top-level `using` and `await using` of cells hold. The notebook is one module: a resource is open
 * until a cell declares its name again, or until its kernel or engine ends.
 */
export class Resources {
  #open: Resource[] = [];

  /** Takes over what a cell declares. @throws TypeError for a value that nothing can be disposed of. */
  use<T>(name: string, value: T, isAsync: boolean): T {
    if (value === null || value === undefined) return value;
    const dispose = disposerOf(value, isAsync);
    if (typeof dispose !== 'function') {
      const method = isAsync
        ? '[Symbol.asyncDispose]() or [Symbol.dispose]()'
        : '[Symbol.dispose]()';
      throw new TypeError(
        `\`${isAsync ? 'await using' : 'using'} ${name}\` needs a value with ${method}.`,
      );
    }
    this.#open.push({ name, dispose: () => Reflect.apply(dispose, value, []) as unknown });
    return value;
  }

  /** Which of the names are of open resources. */
  among(names: readonly string[]): string[] {
    const open = new Set(this.#open.map(({ name }) => name));
    return names.filter((name) => open.has(name));
  }

  /** Disposes of those, or of all; the last one that was opened first. Every one has its turn. */
  async dispose(names?: readonly string[]): Promise<FailedDisposal[]> {
    const isMeant = ({ name }: Resource): boolean => names?.includes(name) ?? true;
    const meant = this.#open.filter(isMeant);
    this.#open = this.#open.filter((resource) => !isMeant(resource));
    const failed: FailedDisposal[] = [];
    for (const { name, dispose } of meant.reverse()) {
      try {
        await dispose();
      } catch (thrown) {
        failed.push({ name, thrown });
      }
    }
    return failed;
  }
}

function disposerOf(value: unknown, isAsync: boolean): unknown {
  const disposable = Object(value) as Partial<Disposable & AsyncDisposable>;
  const later = isAsync ? disposable[Symbol.asyncDispose] : undefined;
  return later ?? disposable[Symbol.dispose];
}
