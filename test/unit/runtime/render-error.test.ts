import vm from 'node:vm';
import { expect, test } from 'vitest';
import { CellSources } from '../../../src/runtime/cell-sources.js';
import { renderError } from '../../../src/runtime/render-error.js';

/** Without the frames of the test itself. */
function ofCells(lines: readonly string[]): string[] {
  return lines.filter((line) => !line.startsWith('    at ') || line.includes('Cell ['));
}

/** What running `source` as a cell of this name throws. */
function thrownBy(source: string, sources: CellSources, name = 'Cell [3]'): unknown {
  sources.add({ name, source, sourceMap: '', id: 'id' });
  try {
    return new vm.Script(source, { filename: name }).runInThisContext();
  } catch (thrown) {
    return thrown;
  }
}

function traceback(source: string): string[] {
  const sources = new CellSources();
  return renderError(thrownBy(source, sources), sources).traceback;
}

test('an error shows its line with a caret, and frames in the lines of the cell', () => {
  const lines = traceback('function f() {\n  const a = null; return a.x;\n}\nf();');

  expect(ofCells(lines)).toEqual([
    "TypeError: Cannot read properties of null (reading 'x')",
    'Cell [3]:2:28',
    '  1 | function f() {',
    '> 2 |   const a = null; return a.x;',
    '    |                            ^',
    '    at f (Cell [3]:2:28)',
    '    at Cell [3]:4:1',
  ]);
});

test('lines are mapped through the source map', () => {
  const sources = new CellSources();
  // Line 2 of the JavaScript is line 5 of the cell.
  const sourceMap = JSON.stringify({
    version: 3,
    sources: ['cell.ts'],
    names: [],
    mappings: ';AAIA',
  });
  const javascript = '(function () {\nthrow new Error("x");\n})()';
  sources.add({ name: 'Cell [9]', source: '\n\n\n\nthrow new Error("x");', sourceMap, id: 'id' });
  let thrown: unknown;
  try {
    new vm.Script(javascript, { filename: 'Cell [9]' }).runInThisContext();
  } catch (error) {
    thrown = error;
  }

  const { traceback: lines } = renderError(thrown, sources);

  expect(lines).toContain('> 5 | throw new Error("x");');
  expect(lines).toContain('    at Cell [9]:5:1');
});

test('the name is that of the class, also when the class does not say so', () => {
  const sources = new CellSources();
  const thrown = thrownBy('class OwnError extends Error {}; throw new OwnError("m")', sources);

  expect(renderError(thrown, sources)).toMatchObject({ ename: 'OwnError', evalue: 'm' });
});

test('causes and aggregated errors are shown below, once', () => {
  const lines = traceback(
    'const cause = new RangeError("inner"); cause.cause = cause; throw new AggregateError([new Error("a"), new Error("b")], "outer", { cause })',
  );

  expect(lines[0]).toBe('AggregateError: outer');
  expect(lines).toContain('[0] Error: a');
  expect(lines).toContain('[1] Error: b');
  expect(lines.filter((line) => line === 'Caused by: RangeError: inner')).toHaveLength(1);
});

test('of many aggregated errors four are shown and the rest counted', () => {
  const lines = traceback(
    'throw new AggregateError(Array.from({ length: 10 }, (_, i) => new Error("e" + i)), "all")',
  );

  expect(lines).toContain('[3] Error: e3');
  expect(lines).not.toContain('[4] Error: e4');
  expect(lines).toContain('… 6 more errors');
});

test.each([
  ['"text"', 'Thrown string', 'text'],
  ['5', 'Thrown number', '5'],
  ['undefined', 'Thrown undefined', 'undefined'],
  ['null', 'Thrown null', 'null'],
  ['({ a: 1 })', 'Thrown Object', '{ a: 1 }'],
])('what is no error is shown as what it is: %s', (code, ename, evalue) => {
  const sources = new CellSources();

  expect(renderError(thrownBy(`throw ${code}`, sources), sources)).toMatchObject({ ename, evalue });
});

test.each([
  'new Proxy({}, { get() { throw 1; }, getPrototypeOf() { throw 2; }, ownKeys() { throw 3; } })',
  'Object.assign(new Error("x"), { get cause() { return 1 } })',
  'Object.defineProperties(new Error("x"), { message: { get() { throw 1; } }, stack: { get() { throw 2; } }, name: { value: {} }, cause: { get() { throw 3; } } })',
  '({ toString() { throw 1; }, get constructor() { throw 2; }, [Symbol.for("nodejs.util.inspect.custom")]() { throw 3; } })',
  'Object.create(null)',
  'Object.assign(new Error("x"), { stack: 5, errors: [null, undefined, 3] })',
])('nothing that is thrown makes the rendering fail: %s', (code) => {
  const sources = new CellSources();

  const rendered = renderError(thrownBy(`throw ${code}`, sources), sources);

  expect(rendered.ename).not.toBe('');
  expect(rendered.traceback.length).toBeGreaterThan(0);
});

test('a stack that overflowed is shown in bounds', () => {
  const lines = traceback('function f() { f(); } f();');

  expect(lines[0]).toBe('RangeError: Maximum call stack size exceeded');
  expect(lines.length).toBeLessThan(30);
});

test('the oldest sources are forgotten when they are too many', () => {
  const sources = new CellSources(100);
  for (let cell = 0; cell < 10; cell++) {
    sources.add({ name: `Cell [${cell}]`, source: 'x'.repeat(30), sourceMap: '', id: 'id' });
  }

  expect([6, 7, 9].map((cell) => sources.has(`Cell [${cell}]`))).toEqual([false, true, true]);
});
