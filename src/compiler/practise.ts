import { CellCompiler } from './cell-compiler.js';
import { forgetConverters } from './typescript-shim.js';
import { noDeclarations } from '../wire/cell.js';

/** No notebook is here, so that what is read is of this package alone. */
const nowhere = '/pxlab-practice-0f6c';

/** Cells that lead through most of the compiler. */
const cells = [
  'const n = 1;\nlet names = ["a", "b"];\nn + names.length',
  'interface Point { x: number; y: number }\nfunction norm({ x, y }: Point): number { return Math.hypot(x, y); }',
  'class Counter<T> { #all = new Map<T, number>(); add(one: T) { this.#all.set(one, 1); } }\nnew Counter<string>()',
  "import { readFile } from 'node:fs/promises';\nawait Promise.resolve(readFile.name)",
  'for (const name of names) console.log(name);\nawait px.map([1, 2, 3], (x) => x * x)',
  'display.html(`<b>${n}</b>`); [1, 2, 3].map((x) => ({ x, square: x ** 2 })).filter(({ x }) => x > 1)',
];
const mistakes = ['const wrong: string = 1;', 'unknownName + 1', 'const ('];

/**
 * Compiles some cells, so that the declarations that all cells need are read and the code that reads them is known
 * to V8 when the snapshot is made. What sorts by a language's rules, as completion does, is left out: V8 cannot put its
 * collators into a snapshot.
 */
export function practise(): void {
  const practice = new Practice(1);
  while (practice.next());
  forgetConverters();
}

/** Compiles cells for nobody, one at a time. */
export class Practice {
  readonly #compiler = new CellCompiler(nowhere);
  readonly #steps: (() => void)[];
  #base = noDeclarations;

  /** @param rounds - How often each cell is compiled, each time as another one. */
  constructor(rounds: number) {
    const all = [...cells, ...mistakes];
    const numbers = Array.from({ length: rounds }, (_, number) => number);
    const cellSteps = numbers.flatMap((number) =>
      all.map((code) => () => this.#compile(`${code}// ${number}`)),
    );
    this.#steps = [() => this.#compiler.warm(), ...cellSteps, ...this.#looks()];
  }

  /** Takes the next step. @returns Whether there was one. */
  next(): boolean {
    const step = this.#steps.shift();
    if (step === undefined) this.#compiler.close();
    step?.();
    return step !== undefined;
  }

  #compile(code: string): void {
    const named = { name: 'Cell [1]', resolveFrom: nowhere };
    const result = this.#compiler.compile({ side: 'notebook', code, base: this.#base, ...named });
    if (result.ok) this.#base = result.next;
  }

  /** What is asked beside cells. */
  #looks(): (() => void)[] {
    const engineCell = { side: 'engine', code: 'px.id', base: noDeclarations } as const;
    return [
      () => this.#compiler.compile({ ...engineCell, name: 'Cell [1]', resolveFrom: nowhere }),
      () =>
        this.#compiler.inspect({ side: 'notebook', base: this.#base, code: 'names', position: 1 }),
      () => this.#compiler.describe({ names: ['names'], base: this.#base }),
      () => this.#compiler.describeProject(),
    ];
  }
}
