import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RuntimeHost, type Report } from './runtime-host.js';

let host: RuntimeHost;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pxlab-test-'));
  const add = (path: string, text: string): void => {
    const file = join(folder, path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
  };
  add('node_modules/only-import/package.json', '{"exports":{"import":"./main.mjs"}}');
  add('node_modules/only-import/main.mjs', 'export const value = await Promise.resolve("esm");');
  add('node_modules/common/package.json', '{"main":"main.js"}');
  add('node_modules/common/main.js', 'module.exports = { value: "cjs" };');
  add('local.mjs', 'export const value = "local";');
  add('data.json', '{"value":"json"}');
  host = await RuntimeHost.start();
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const cell = '__px.cell';
const imported = (specifier: string, then = 'module.value'): string =>
  `const __cell = ${cell}; const module = __px.resume(__cell, await __px.import('${specifier}')); __px.result(${then});`;

async function value(code: string, isAsync = true): Promise<unknown> {
  const outcome = await host.run(code, { isAsync, resolveFrom: folder });
  expect(outcome).toMatchObject({ status: 'ok' });
  return (outcome['bundle'] as Record<string, unknown>)['text/plain'];
}

async function failure(code: string, isAsync = true): Promise<Report> {
  const outcome = await host.run(code, { isAsync, resolveFrom: folder });
  expect(outcome).toMatchObject({ status: 'error' });
  return outcome['error'] as Report;
}

test('variables are shared by cells and by the functions of earlier ones', async () => {
  await host.run('exports.a = 1; exports.read = () => exports.a;', { names: ['a', 'read'] });
  await host.run('exports.a = 2;');

  expect(await value('__px.result(exports.read())', false)).toBe('2');
});

test('what was assigned before an error is kept', async () => {
  const error = await failure("exports.kept = 1; throw new Error('x')", false);

  expect(error).toMatchObject({ ename: 'Error', evalue: 'x' });
  expect(await value('__px.result(exports.kept)', false)).toBe('1');
});

test('a promise as the last value is awaited, nothing and undefined have no value', async () => {
  expect(await value('__px.result(Promise.resolve([1]))', false)).toBe('[ 1 ]');
  expect(await host.run('__px.result(undefined)')).toMatchObject({ hasValue: false, bundle: {} });
  expect(await host.run('')).toMatchObject({ status: 'ok', hasValue: false });
  expect(await host.run('__px.result(null)')).toMatchObject({ hasValue: true });
  expect(await failure("__px.result(Promise.reject(new TypeError('no')))", false)).toMatchObject({
    ename: 'TypeError',
  });
});

test('a value that is marked as an AsyncResult is shown and not awaited', async () => {
  const text = await value(
    "__px.result({ [Symbol.for('pxlab.AsyncResult')]: true, then() {}, [Symbol.for('Jupyter.display')]: () => ({ 'text/plain': 'live' }) })",
    false,
  );

  expect(text).toBe('live');
});

test('packages are found from the folder of the cell: CommonJS, ES modules, built-ins, files', async () => {
  expect(await value(imported('only-import'))).toBe("'esm'");
  expect(await value(imported('common', 'module.default.value'))).toBe("'cjs'");
  expect(await value(imported('./local.mjs'))).toBe("'local'");
  expect(await value(imported('node:path', 'typeof module.join'))).toBe("'function'");
  expect(await value(`__px.result(require('common').value)`, false)).toBe("'cjs'");
  expect(await value(`__px.result(require('./data.json').value)`, false)).toBe("'json'");
  expect(await value(`__px.result(require.resolve('common'))`, false)).toContain('main.js');
});

test('our own package is this very one', async () => {
  expect(await value(imported('pxlab', 'typeof module'))).toBe("'object'");
});

test('a missing package is one sentence with its remedy', async () => {
  const sentence = `The package '@scope/missing' is not installed in ${folder}. Install it there: npm install @scope/missing`;

  expect(await failure(imported('@scope/missing/deep'))).toMatchObject({ evalue: sentence });
  expect(await failure("require('@scope/missing/deep')", false)).toMatchObject({
    evalue: sentence,
  });
  expect((await failure(imported('./missing.mjs'))).evalue).toContain(
    "There is no module './missing.mjs'",
  );
});

test('no warning of Node about the loader is printed', () => {
  expect(host.reports.filter((each) => String(each['text']).includes('Experimental'))).toEqual([]);
});

test('displays come with their id, can be changed, and one that takes time is awaited', async () => {
  const id = host.start(`
    const handle = display.html('<b>1</b>', { id: 'mine' });
    handle.update('two');
    display({ 'text/markdown': '# x' });
    display({ [Symbol.for('Jupyter.display')]: () => new Promise((resolve) => setTimeout(() => resolve({ 'text/plain': 'late' }), 20)) });
    display.png(new Uint8Array([1, 2, 3]));`);
  await host.outcome(id);

  const shown = host.reports
    .filter((each) => each.id === id)
    .map((each) => [each['type'], each['content']]);
  expect(shown.slice(0, 3)).toMatchObject([
    ['display_data', { data: { 'text/html': '<b>1</b>' }, transient: { display_id: 'mine' } }],
    ['update_display_data', { data: { 'text/plain': "'two'" }, transient: { display_id: 'mine' } }],
    ['display_data', { data: { 'text/markdown': '# x' } }],
  ]);
  expect(shown[3]).toMatchObject(['display_data', { data: { 'image/png': 'AQID' } }]);
  expect(shown[4]).toMatchObject(['display_data', { data: { 'text/plain': 'late' } }]);
  expect(shown[5]?.[0]).toBe('outcome');
});

test('content of a kind has its type, and a text beside it', async () => {
  const id = host.start(`
    display.vegalite({ mark: 'bar' });
    display.vegalite({ $schema: 'https://vega.github.io/schema/vega-lite/v4.json' });
    display.json([1]); display.latex('x^2'); display.svg('<svg/>'); display.table([{ a: 1 }]);`);
  await host.outcome(id);

  const shown = host.reports.filter((each) => each.id === id && each['type'] === 'display_data');
  expect(shown.map(({ content }) => (content as { data: unknown }).data)).toEqual([
    { 'application/vnd.vegalite.v5+json': { mark: 'bar' }, 'text/plain': '{"mark":"bar"}' },
    expect.objectContaining({ 'application/vnd.vegalite.v4+json': expect.anything() as unknown }),
    { 'application/json': [1], 'text/plain': '[1]' },
    { 'text/latex': 'x^2', 'text/plain': 'x^2' },
    { 'image/svg+xml': '<svg/>', 'text/plain': '<svg/>' },
    {
      'text/html':
        '<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>',
      'text/plain': 'a\n1',
    },
  ]);
});

test('timers keep what Node promises of them', async () => {
  const text = await value(`
    const { promisify } = require('util');
    const __cell = ${cell};
    const slept = __px.resume(__cell, await promisify(setTimeout)(1, 'slept'));
    const given = __px.resume(__cell, await new Promise((resolve) => setTimeout((...all) => resolve(all), 1, 'a', 'b')));
    const timer = setTimeout(() => {}, 1000); const isUnref = timer.unref() === timer; clearTimeout(timer);
    let code; try { setTimeout('text', 1) } catch (error) { code = error.code }
    __px.result([slept, given, isUnref, code, setTimeout.name]);`);

  expect(text).toBe("[ 'slept', [ 'a', 'b' ], true, 'ERR_INVALID_ARG_TYPE', 'setTimeout' ]");
});

test('an error shows the lines of the cell and nothing of what called it', async () => {
  const { traceback } = await failure('\nfunction f() { return null.x; }\nf();', false);

  expect(traceback).toEqual([
    "TypeError: Cannot read properties of null (reading 'x')",
    expect.stringMatching(/^Cell \[\d+\]:2:28$/),
    '  1 | ',
    '> 2 | function f() { return null.x; }',
    '    |                            ^',
    expect.stringMatching(/^ {4}at f \(Cell \[\d+\]:2:28\)$/),
    expect.stringMatching(/^ {4}at Cell \[\d+\]:3:1$/),
  ]);
});
