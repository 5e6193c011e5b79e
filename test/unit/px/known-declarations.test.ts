import { expect, test } from 'vitest';
import { KnownDeclarations } from '../../../src/px/known-declarations.js';
import { noDeclarations } from '../../../src/wire/cell.js';
import { declarationsOf } from '../../../src/wire/declarations.js';

const [first, second, third] = [{ uuid: 'a' }, { uuid: 'b' }, { uuid: 'c' }];

test('engines are grouped by what they declare, in their order', () => {
  const known = new KnownDeclarations();
  const declarations = declarationsOf('declare let a: number;\n');
  known.set(second, declarations);

  expect(known.groups([first, second, third])).toEqual([
    { declarations: noDeclarations, engines: [first, third] },
    { declarations, engines: [second] },
  ]);
});

test('an engine that was forgotten declares nothing', () => {
  const known = new KnownDeclarations();
  known.set(first, declarationsOf('declare let a: number;\n'));
  expect(known.merged.text).toContain('a: number');

  known.forget(first);

  expect(known.of(first)).toBe(noDeclarations);
  expect(known.merged).toEqual(noDeclarations);
});
