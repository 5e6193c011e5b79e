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
  const compiler = new CellCompiler(nowhere);
  compiler.warm();
  let base = noDeclarations;
  for (const [index, code] of [...cells, ...mistakes].entries()) {
    const named = { name: `Cell [${index + 1}]`, resolveFrom: nowhere };
    const result = compiler.compile({ side: 'notebook', code, base, ...named });
    if (result.ok) base = result.next;
  }
  compiler.compile({
    side: 'engine',
    name: 'Cell [1]',
    code: 'px.id',
    base: noDeclarations,
    resolveFrom: nowhere,
  });
  const place = { side: 'notebook', base } as const;
  compiler.inspect({ ...place, code: 'names', position: 1 });
  compiler.describe({ names: ['names'], base });
  compiler.describeProject();
  compiler.close();
  forgetConverters();
}
