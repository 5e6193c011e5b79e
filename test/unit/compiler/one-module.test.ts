import { expect, test } from 'vitest';
import { oneModule } from '../../../lib/compiler/one-module.js';

/** The cells, as one module has them. */
function written(...cells: readonly string[]): readonly string[] {
  return oneModule(cells).cells;
}

test.each([
  { what: 'a value', cells: ['const x = 1;', 'const x = "a";\nx'], last: 'const x_2 = "a";\nx_2' },
  {
    what: 'a type',
    cells: ['type T = 1;', 'type T = 2;\nlet t: T;'],
    last: 'type T_2 = 2;\nlet t: T_2;',
  },
  {
    what: 'a function',
    cells: ['function f() {}', 'function f() { f(); }'],
    last: 'function f_2() { f_2(); }',
  },
  {
    what: 'a class',
    cells: ['class A {}', 'class A { b?: A }\nnew A()'],
    last: 'class A_2 { b?: A_2 }\nnew A_2()',
  },
  {
    what: 'an import',
    cells: ['let a = 1;', 'import { a } from "m";\na'],
    last: 'import { a as a_2 } from "m";\na_2',
  },
  {
    what: 'a pattern',
    cells: ['let a = 1, b = 2;', 'let { a, b: [b] } = o;'],
    last: 'let { a: a_2, b: [b_2] } = o;',
  },
  {
    what: 'a var in a block',
    cells: ['var v = 1;', 'if (1) { var v = 2; }\nv'],
    last: 'if (1) { var v_2 = 2; }\nv_2',
  },
  {
    what: 'a loop variable',
    cells: ['let i = 1;', 'for (let i = 0; i < 1; i++);\ni'],
    last: 'for (let i = 0; i < 1; i++);\ni',
  },
  {
    what: 'a name that is taken',
    cells: ['let x = 1, x_2 = 2;', 'let x = 3;'],
    last: 'let x_3 = 3;',
  },
])('$what that is declared again gets a name of its own', ({ cells, last }) => {
  expect(written(...cells).at(-1)).toBe(last);
});

test('later cells mean the latest, earlier ones what they meant', () => {
  const cells = written(
    'let x = 1;\nconst get = () => x;',
    'let x = 2;',
    '({ x, y: x.x, [x]: o.x })',
  );

  expect(cells).toEqual([
    'let x = 1;\nconst get = () => x;',
    'let x_2 = 2;',
    '({ x: x_2, y: x_2.x, [x_2]: o.x })',
  ]);
});

test('names of their own scope, members and labels stay', () => {
  const code =
    'x: for (;;) { break x; }\nfunction f(x: number) { return { x, y: x }; }\nclass B { x = 1; get() { return this.x; } }\nenum E { x }\nnamespace N { const x = 1; x; }';

  expect(written('let x = 1;', 'let x = 2;', code).at(-1)).toBe(code);
});

test('a type and a value of one name are two things', () => {
  const cells = written(
    'interface P { a: 1 }',
    'const P = 1;',
    'interface P { a: 2 }\nlet p: P;\ntype Q = typeof P;',
  );

  expect(cells.slice(1)).toEqual([
    'const P = 1;',
    'interface P_2 { a: 2 }\nlet p: P_2;\ntype Q = typeof P;',
  ]);
});

test('an import that is repeated is left out', () => {
  const cells = written("import { a } from 'm';\na", 'import {  a } from "m"\na');

  expect(cells).toEqual(["import { a } from 'm';\na", '\na']);
});

test('what no cell declares is told', () => {
  const { free } = oneModule(['display.html(x);\nlet px = 1;', 'px']);

  expect([...free].sort()).toEqual(['display', 'x']);
});
