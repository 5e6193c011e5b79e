import { ParallelError } from '../base/errors.js';
import type { StandInFlag } from './stand-in-flags.js';

/** Classes whose traits are known without their class too. Some are of earlier versions. */
const applications = new Set([
  'application',
  'baseipythonapplication',
  'baseparallelapplication',
  'enginefactory',
  'hubfactory',
  'ipcontroller',
  'ipcontrollerapp',
  'ipengine',
  'ipengineapp',
]);

/**
 * Flags in the manner of IPython's applications: `--name=value`, `--name value` and `--flag`, where a
 * name may be a trait such as `IPController.ip`. Flags that are not known are passed over.
 *
 * Source: https://traitlets.readthedocs.io/en/stable/config.html#command-line-arguments
 */
export class Flags {
  readonly #known: ReadonlySet<string>;
  readonly #values = new Map<string, string>();

  constructor(args: readonly string[], known: readonly StandInFlag[]) {
    this.#known = new Set(known.map(({ names }) => names[0]));
    const read = new Map(
      known.flatMap(({ names: [first, ...others] }) =>
        [first, ...others].map((name) => [normal(name), first] as const),
      ),
    );
    for (const [name, value] of pairs(args)) {
      const first = read.get(name);
      if (first !== undefined) this.#values.set(first, value);
    }
  }

  /** The last value that was given, by the first name of the flag. */
  text(name: string): string | undefined {
    if (!this.#known.has(name)) throw new Error(`Unreachable: no flag --${name}`);
    return this.#values.get(name);
  }

  /** Whether a switch is on; undefined when it was not given. */
  isOn(name: string): boolean | undefined {
    const text = this.text(name)?.toLowerCase();
    return text === undefined ? undefined : text !== 'false' && text !== '0';
  }

  /** @throws {@link ParallelError} `BAD_ARGUMENT` for a value that is no number ≥ 0. */
  number(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text !== '' && value >= 0 && value < Infinity) return value;
    throw badValue(name, 'a number ≥ 0', text);
  }

  /** @throws {@link ParallelError} `BAD_ARGUMENT` for a value that is no whole number ≥ 0. */
  count(name: string): number | undefined {
    const value = this.number(name);
    if (value === undefined || Number.isSafeInteger(value)) return value;
    throw badValue(name, 'a whole number', this.text(name) ?? '');
  }

  /** @throws {@link ParallelError} `BAD_ARGUMENT` for a value that is none of `choices`. */
  choice<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const chosen = choices.find((choice) => choice === text.toLowerCase());
    if (chosen !== undefined) return chosen;
    throw badValue(name, `one of ${choices.join(', ')}`, text);
  }
}

export function badValue(name: string, expected: string, text: string): ParallelError {
  return new ParallelError('BAD_ARGUMENT', `Expected --${name} to be ${expected}, got '${text}'.`);
}

function* pairs(args: readonly string[]): Generator<[string, string]> {
  for (const [index, arg] of args.entries()) {
    const [, name, value] = /^--?([A-Za-z][\w.-]*)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === undefined) continue;
    const next = args[index + 1];
    yield [normal(name), value ?? (next === undefined || next.startsWith('-') ? '' : next)];
  }
}

/** Without regard to case, to dashes or underscores, and to the class of an application. */
function normal(name: string): string {
  const text = name.toLowerCase().replaceAll('-', '_');
  const [first = '', ...rest] = text.split('.');
  return rest.length > 0 && applications.has(first) ? rest.join('.') : text;
}
