import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CellCompiler } from '../../../src/compiler/cell-compiler.js';
import { Notebook } from './notebook.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder: string;
let compiler: CellCompiler;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pxlab-syntax-'));
  compiler = new CellCompiler(folder);
});
afterAll(() => {
  compiler.close();
  rmSync(folder, { recursive: true });
});

/** Cells of one notebook, the last with the value that is to come. */
interface Program {
  readonly cells: readonly string[];
  readonly value: unknown;
}

const programs: Readonly<Record<string, Program>> = {
  'a decorator of a method, declared in an earlier cell': {
    cells: [
      'const calls: string[] = [];',
      `function logged<This, Args extends unknown[], R>(
         method: (this: This, ...args: Args) => R, context: ClassMethodDecoratorContext<This>) {
         return function (this: This, ...args: Args): R { calls.push(String(context.name)); return method.apply(this, args) } }`,
      'class Greeter { constructor(readonly name: string) {} @logged greet(): string { return "hi " + this.name } }',
      '[new Greeter("Ada").greet(), calls]',
    ],
    value: ['hi Ada', ['greet']],
  },
  'decorators of classes, fields, accessors and static members, with what they add': {
    cells: [
      `const seen: string[] = [];
       const note = (_: unknown, { kind, name, static: isStatic }: DecoratorContext & { static?: boolean }) => { seen.push([kind, String(name), isStatic].join()) };
       function doubled(_: undefined, __: ClassFieldDecoratorContext) { return (n: number) => 2 * n }
       function counted<T extends new (...args: any[]) => object>(Base: T, context: ClassDecoratorContext) {
         context.addInitializer(function () { seen.push('made ' + this.name) });
         return class extends Base { count = 1 } }`,
      `@counted class Box {
         @doubled size = 21;
         @note accessor label = 'l';
         @note static make() { return new Box() }
         @note get area() { return this.size ** 2 } }`,
      'const box = Box.make(); [box.size, box.label, (box as Box & { count: number }).count, seen.length]',
    ],
    value: [42, 'l', 1, 4],
  },
  'a decorator with arguments, and a later cell that extends the class': {
    cells: [
      'const tag = (text: string) => (value: Function, _: ClassDecoratorContext) => { (value as any).tag = text };',
      '@tag("first") class A { a = 1 }',
      '@tag("second") class B extends A { b = 2 }',
      '[(A as any).tag, (B as any).tag, new B().a + new B().b]',
    ],
    value: ['first', 'second', 3],
  },
  satisfies: {
    cells: [
      'type Color = "red" | readonly [number, number, number];',
      'const palette = { sky: [0, 0, 255], rose: "red" } as const satisfies Record<string, Color>;',
      '[palette.sky[2], palette.rose.length]',
    ],
    value: [255, 3],
  },
  'enums of numbers and texts, const enums, and merged ones': {
    cells: [
      'enum Level { Low = 1, High = Low << 4 } enum Word { Yes = "y", No = "n" } const enum Fixed { A = 5, B }',
      'enum Level2 { Zero } enum Level2 { One = 1 }',
      'const level: Level = Level.High; const by: Record<Word, number> = { [Word.Yes]: 1, [Word.No]: 0 };',
      '[level, Level[16], Word.Yes, by[Word.Yes], Fixed.B, Level2.One, Level2[0], Object.values(Word)]',
    ],
    value: [16, 'High', 'y', 1, 6, 1, 'Zero', ['y', 'n']],
  },
  'namespaces: nested, merged with functions and classes, with types and aliases': {
    cells: [
      `namespace Geo { export interface Point { x: number } export namespace Deep { export let n = 1; export const next = () => ++n } }
       function make(x: number): Geo.Point { return { x } } namespace make { export const zero = 0 }
       class Shape { kind: Shape.Kind = 'round' } namespace Shape { export type Kind = 'round' | 'flat'; export const all: Kind[] = ['flat'] }`,
      'import Inner = Geo.Deep;\nInner.next(); const p: Geo.Point = make(make.zero);',
      'const between = 1;',
      'const kind: Shape.Kind = Shape.all[0]!; [Geo.Deep.n, Inner.next(), p.x, kind, new Shape().kind]',
    ],
    value: [2, 3, 0, 'flat', 'round'],
  },
  'const type parameters': {
    cells: [
      'function tuple<const T extends readonly unknown[]>(...items: T): T { return items }',
      'const pair = tuple("a", 1); const first: "a" = pair[0];',
      '[first, pair.length satisfies 2]',
    ],
    value: ['a', 2],
  },
  'accessor fields, static blocks, private names and `in`': {
    cells: [
      `class Counter { static #made = 0; static { Counter.#made = 10 } #n = 0; accessor step = 2;
         constructor() { Counter.#made++ } up() { this.#n += this.step; return this.#n }
         static is(x: object): x is Counter { return #n in x } static get made() { return Counter.#made } }`,
      'const c = new Counter(); c.step = 5; [c.up(), Counter.is(c), Counter.is({}), Counter.made]',
    ],
    value: [5, true, false, 11],
  },
  'overloads, generics, mapped, conditional and template types': {
    cells: [
      `function size(x: string): number; function size(x: unknown[]): string; function size(x: any): any { return Array.isArray(x) ? 'list' : x.length }
       type Getters<T> = { [K in keyof T & string as \`get\${Capitalize<K>}\`]: () => T[K] };
       type Unpacked<T> = T extends (infer U)[] ? U : T;`,
      'const g: Getters<{ name: string }> = { getName: () => "Ada" }; const u: Unpacked<number[]> = 1;',
      '[size("abc"), size([]), g.getName(), u]',
    ],
    value: [3, 'list', 'Ada', 1],
  },
  'generators, async generators, labels, destructuring and spread': {
    cells: [
      'function* count(to: number): Generator<number, string> { for (let i = 0; i < to; i++) yield i; return "end" }',
      'async function* later() { yield* [1, 2] }\nconst got: number[] = []; outer: for await (const n of later()) { for (const m of count(3)) { if (m === 2) continue outer; got.push(n * m) } }',
      'const [head, ...tail] = [...count(3)], { a = 5, ...rest } = { b: 1, c: 2 } as { a?: number; b: number; c: number };\n[got, head, tail, a, rest]',
    ],
    value: [[0, 1, 0, 2], 0, [1, 2], 5, { b: 1, c: 2 }],
  },
  'assertion functions, type predicates, `unique symbol` and optional chains': {
    cells: [
      'function assert(x: unknown, why = "no"): asserts x { if (!x) throw new Error(why) }\nconst key: unique symbol = Symbol("key");',
      'const o: { [key]?: { deep?: number } } = { [key]: { deep: 3 } };\nconst m: number | undefined = o[key]?.deep; assert(m); m + 1',
    ],
    value: 4,
  },
  'abstract classes, parameter properties, `override` and `this` types': {
    cells: [
      'abstract class Base { constructor(protected readonly n: number) {} abstract get(): number; add(m: number): this { return this } }',
      'class Own extends Base { constructor(n: number, public label: string) { super(n) } override get() { return this.n } }',
      'const own = new Own(4, "x").add(1); [own.get(), own.label]',
    ],
    value: [4, 'x'],
  },
  'regular expressions and numbers of late standards': {
    cells: [
      'const found = /(?<year>\\d{4})/dv.exec("in 2024")!; const big = 2n ** 64n; const million = 1_000_000;',
      '[found.groups?.year, found.indices?.[0]?.[0], String(big), million, [3, 1].toSorted(), [1, 2].findLast((n) => n < 2), "a".at(-1)]',
    ],
    value: ['2024', 3, '18446744073709551616', 1_000_000, [1, 3], 1, 'a'],
  },
  'types of earlier cells, generic classes and recursive aliases': {
    cells: [
      'type Json = string | number | Json[] | { [name: string]: Json }; interface Named { name: string }',
      'interface Named { age?: number }\nclass Store<T extends object> { #items: T[] = []; add(item: T) { this.#items.push(item); return this } get all(): readonly T[] { return this.#items } }',
      'const store = new Store<{ id: number }>().add({ id: 1 }); const j: Json = { a: [1, "b"] };',
      '[store.all[0]!.id, JSON.stringify(j)]',
    ],
    value: [1, '{"a":[1,"b"]}'],
  },
};

test('a namespace goes with the class that a cell declares anew', async () => {
  const cells = new Notebook(compiler, { resolveFrom: folder });
  await cells.run(
    'class A { n = 1 } namespace A { export const all = [1] } namespace Alone { export const a = 1 }',
  );
  await cells.run('class A { n = 2 }');

  expect(cells.errorsOf('A.all')).toContain("'all' does not exist");
  expect(await cells.run('[new A().n, Alone.a]')).toEqual([2, 1]);
});

describe.each(['notebook', 'engine'] as const)('on the side of %s', (side) => {
  test.each(Object.entries(programs))('%s', async (_, { cells, value }) => {
    const notebook = new Notebook(compiler, { side, resolveFrom: folder });
    let last: unknown;

    for (const cell of cells) last = await notebook.run(cell);

    expect(last).toEqual(value);
  });
});
