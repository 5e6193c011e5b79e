import { expect, test } from 'vitest';
import { mergeDeclarations } from '../../../src/px/merge-declarations.js';
import { noDeclarations } from '../../../src/wire/cell.js';
import { declarationsOf } from '../../../src/wire/declarations.js';

function merge(...texts: string[]): string {
  return mergeDeclarations(texts.map(declarationsOf)).text;
}

test('engines that declare the same keep their declarations as they are', () => {
  const same = declarationsOf('declare let a: number;\nexport {};\n');

  expect(mergeDeclarations([same, { ...same }])).toEqual(same);
  expect(mergeDeclarations([])).toEqual(noDeclarations);
});

test('what one engine alone declares is there too', () => {
  expect(merge('declare let a: number;\n', 'declare let b: string;\n')).toBe(
    'declare let a: number;\ndeclare let b: string;\n',
  );
});

test('a variable with different types has their union', () => {
  expect(
    merge(
      'declare const v: number;\n',
      'declare let v: string;\n',
      'declare let v: () => number;\n',
    ),
  ).toBe('declare let v: (number) | (string) | (() => number);\n');
});

test('a type of several lines, overloads and a type beside a value of its name are kept', () => {
  const shape = 'declare let s: {\n    a: number;\n};\n';
  const overloads =
    'declare function f(a: number): number;\ndeclare function f(a: string): string;\n';
  const twice = 'interface T {\n    a: number;\n}\ndeclare let T: number;\n';

  expect(merge(shape + overloads, twice, 'declare let a: number;\nexport {};\n')).toBe(
    `${shape}${overloads}${twice}declare let a: number;\nexport {};\n`,
  );
});

test('the order of the engines does not matter for an engine that declares nothing', () => {
  const a = declarationsOf('declare let a: number;\n');

  expect(mergeDeclarations([noDeclarations, a]).text).toBe(a.text);
});
