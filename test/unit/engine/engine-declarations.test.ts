import { expect, test } from 'vitest';
import { EngineDeclarations } from '../../../src/engine/engine-declarations.js';
import { declarationsOf, withVariables } from '../../../src/wire/declarations.js';

test('an engine starts where a client without cells starts', () => {
  expect(new EngineDeclarations().isAt('')).toBe(true);
});

test('pushed variables are declared with their types, others as any', () => {
  const declarations = new EngineDeclarations();
  declarations.addVariables(['a', 'b'], { a: 'Float64Array' });

  expect(declarations.current.text).toBe('declare let a: Float64Array;\ndeclare let b: any;\n');
});

test('both ends of a push come to the same version', () => {
  const base = declarationsOf('declare const seed: number;\n');
  const engine = new EngineDeclarations();
  engine.adopt(base);
  engine.addVariables(['n'], { n: 'number' });

  expect(engine.current).toEqual(withVariables(base, { n: 'number' }));
});

test('a push takes the place of what was declared under its name', () => {
  const base = declarationsOf(
    [
      'import * as fs from "fs";',
      'declare function f(x: number): {',
      '    a: number;',
      '};',
      'declare const n: number;',
      'declare const n2: string;',
      'export {};',
      '',
    ].join('\n'),
  );

  expect(withVariables(base, { n: 'string', f: '() => void' }).text).toBe(
    [
      'import * as fs from "fs";',
      'declare const n2: string;',
      'export {};',
      'declare let n: string;',
      'declare let f: () => void;',
      '',
    ].join('\n'),
  );
});

test('cleared declarations are those of a new engine', () => {
  const declarations = new EngineDeclarations();
  declarations.addVariables(['a']);
  declarations.clear();

  expect(declarations.isAt('')).toBe(true);
});
