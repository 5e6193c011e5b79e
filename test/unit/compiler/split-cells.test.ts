import { runInThisContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { compileUntyped } from '../../../src/compiler/untyped.js';
import { transformCell } from '../../../src/compiler/cell-transform.js';
import { runCell, type Exports } from './run-cell.js';

/**
 * A program cut into cells does what it does as one script. Programs are made of statements that
 * declare, change and read a few names; the generator is seeded, so a failure can be run again.
 */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }

  of<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('Nothing to choose from.');
    return item;
  }
}

interface Program {
  readonly statements: readonly string[];
  /** Reads every name at the end. */
  readonly result: string;
}

function program(random: Random, length: number): Program {
  const variables = ['v0'];
  const functions = ['f0'];
  const statements = ['let v0 = 1', 'function f0(x) { return x + v0 }'];
  const value = (): string =>
    random.of([
      () => String(random.below(9)),
      () => random.of(variables),
      () => `${random.of(variables)} + ${random.below(5)}`,
      () => `${random.of(functions)}(${random.of(variables)})`,
      () => `({ v0, k: ${random.of(variables)} }).k`,
      () => `await ${random.of(variables)}`,
      () => `(typeof ${random.of(variables)} === 'number' ? 2 : 3)`,
      () => `[${random.of(variables)}, 4].reduce((a, v1) => a + v1, 0)`,
    ])();
  const fresh = (names: string[], letter: string): string => {
    const name = `${letter}${names.length}`;
    names.push(name);
    return name;
  };
  const shapes: (() => string)[] = [
    () => {
      const init = value();
      return `${random.of(['let', 'var'])} ${fresh(variables, 'v')} = ${init}`;
    },
    () => {
      const [a, b] = [value(), value()];
      return `let [${fresh(variables, 'v')}, { q: ${fresh(variables, 'v')} = 7 }] = [${a}, { q: ${b} }]`;
    },
    () => `${random.of(variables)} ${random.of(['=', '+=', '-='])} ${value()}`,
    () => `${random.of(variables)}${random.of(['++', '--'])}`,
    () => `for (let i = 0; i < 3; i++) ${random.of(variables)} += i`,
    () => 'for (const v0 of [1, 2]) { let v1 = v0; v1 += 1 }',
    () =>
      `if (${value()} > 3) { ${random.of(variables)} = ${value()} } else ${random.of(variables)}--`,
    () => `({ k: ${random.of(variables)} = 5 } = { k: ${value()} })`,
    () => {
      const body = random.of(variables);
      const call = random.of(functions);
      return `function ${fresh(functions, 'f')}(x) { ${body} += 1; return x > 50 ? x : ${call}(x) + ${body} }`;
    },
    () => {
      const body = random.of(variables);
      return `var ${fresh(functions, 'f')} = (v0) => v0 + ${body}`;
    },
    () => `for await (const x of [${value()}]) ${random.of(variables)} += x`,
    () => `await (async () => { ${random.of(variables)} += await ${value()} })()`,
  ];
  for (let i = 0; i < length; i++) statements.push(random.of(shapes)());
  return { statements, result: `[${[...variables].join(', ')}]` };
}

async function asScript({ statements, result }: Program): Promise<unknown> {
  const script = `(async () => { "use strict";\n${statements.join(';\n')};\nreturn ${result} })()`;
  return runInThisContext(script) as Promise<unknown>;
}

/** Statements shared out to cells; each cell knows the names of those before it. */
async function asCells({ statements, result }: Program, random: Random): Promise<unknown> {
  const exports: Exports = {};
  const known = new Set<string>();
  let rest = [...statements];
  while (rest.length > 0) {
    const cell = rest.slice(0, 1 + random.below(4));
    rest = rest.slice(cell.length);
    const compiled = transformCell(cell.join(random.of([';\n', '\n;', ';;'])), {
      declares: () => true,
      free: (name) => (known.has(name) ? 'exports' : 'outside'),
      resolveFrom: '/',
    });
    for (const name of compiled.names) known.add(name);
    await runCell({ ...compiled, name: 'cell' }, exports);
  }
  return runCell(await compileUntyped({ name: 'result', code: result, resolveFrom: '/' }), exports);
}

async function asUntypedCells({ statements, result }: Program, random: Random): Promise<unknown> {
  const exports: Exports = {};
  let rest = [...statements];
  while (rest.length > 0) {
    const cell = rest.slice(0, 1 + random.below(4));
    rest = rest.slice(cell.length);
    // No semicolons: statements that start with a bracket would join the one before in plain JavaScript.
    const code = cell.map((each) => (/^[[(]/.test(each) ? `;${each}` : each)).join('\n');
    await runCell(await compileUntyped({ name: 'cell', code, resolveFrom: '/' }), exports);
  }
  return runCell(await compileUntyped({ name: 'result', code: result, resolveFrom: '/' }), exports);
}

describe('a program in cells does what it does as one script', () => {
  const seeds = Array.from({ length: 60 }, (_, index) => index + 1);

  test.each(seeds)('seed %i', async (seed) => {
    const made = program(new Random(seed), 12);

    const expected = await asScript(made);

    expect(await asCells(made, new Random(seed)), made.statements.join('\n')).toEqual(expected);
    expect(await asUntypedCells(made, new Random(seed)), made.statements.join('\n')).toEqual(
      expected,
    );
  });
});
