import { ParallelError } from '../base/errors.js';

/**
 * Flags in the manner of IPython's applications: `--name=value`, `--name value` and `--flag`, where a
 * name may be a trait such as `HubFactory.ip`. Every name is taken; it is for the reader to pass over
 * those that it does not know.
 *
 * Source: https://traitlets.readthedocs.io/en/stable/config.html#command-line-arguments
 */
export class Flags {
  readonly #values: ReadonlyMap<string, string>;

  constructor(args: readonly string[]) {
    this.#values = new Map(pairs(args));
  }

  /** The value of the first of `names` that was given; a trait is known by its last part too. */
  text(...names: readonly string[]): string | undefined {
    for (const name of names) {
      const value = this.#values.get(name.toLowerCase());
      if (value !== undefined) return value;
    }
    return undefined;
  }

  has(...names: readonly string[]): boolean {
    return this.text(...names) !== undefined;
  }

  /** @throws {@link ParallelError} `BAD_ARGUMENT` for a value that is no number ≥ 0. */
  number(...names: readonly string[]): number | undefined {
    const text = this.text(...names);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text !== '' && value >= 0) return value;
    throw new ParallelError(
      'BAD_ARGUMENT',
      `Expected --${names[0] ?? ''} to be a number ≥ 0, got '${text}'.`,
    );
  }
}

function* pairs(args: readonly string[]): Generator<[string, string]> {
  for (const [index, arg] of args.entries()) {
    const [, name, value] = /^--?([A-Za-z][\w.-]*)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === undefined) continue;
    const next = args[index + 1];
    const given = value ?? (next === undefined || next.startsWith('-') ? '' : next);
    const key = name.toLowerCase();
    yield [key, given];
    yield [key.slice(key.lastIndexOf('.') + 1), given];
  }
}
