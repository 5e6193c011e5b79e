import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StartedKernel, startKernel } from '../../support/jupyter-client.js';

// The tests build on each other: they are one notebook.

let kernel: StartedKernel;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pxlab-resources-'));
  kernel = await startKernel();
  const { error } = await kernel.client.execute(declaring);
  expect(error).toBe(undefined);
});

afterAll(async () => {
  await kernel[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** `open('a')` prints when it is opened and closed; closing `bad` fails. */
const declaring = `
function open(name: string) {
  console.log('open ' + name);
  const close = () => {
    console.log('close ' + name);
    if (name === 'bad') throw new Error('cannot close');
  };
  return { name, [Symbol.dispose]: close, async [Symbol.asyncDispose]() { await null; close() } };
}`;

async function printedBy(code: string): Promise<string[]> {
  const { stdout } = await kernel.client.execute(code);
  return stdout.split('\n').filter((line) => line !== '');
}

test('a top-level `using` is open until a cell declares its name again', async () => {
  const cell = "using a = open('a'); await using b = open('b');";

  expect(await printedBy(cell)).toEqual(['open a', 'open b']);
  expect(await printedBy('console.log(a.name + b.name)')).toEqual(['ab']);
  expect(await printedBy(cell)).toEqual(['close b', 'close a', 'open a', 'open b']);
  expect(await printedBy('const a = 5; console.log(a + b.name)')).toEqual(['close a', '5b']);
  expect(await printedBy('let notB = 1')).toEqual([]);
});

test('a cell that does not compile disposes of nothing, one that throws keeps what it opened', async () => {
  expect(await printedBy("using b = 5; console.log('never')")).toEqual([]);
  expect(await printedBy("using b = open('b2'); throw new Error('later')")).toEqual([
    'close b',
    'open b2',
  ]);
  expect(
    await printedBy('using b = failing(); function failing(): Disposable { throw 1 }'),
  ).toEqual(['close b2']);
  expect(await printedBy('console.log(typeof b)')).toEqual(['undefined']);
});

test('what cannot be disposed of is said, and the cell runs', async () => {
  await kernel.client.execute("using bad = open('bad')");

  const { stdout, stderr, reply } = await kernel.client.execute(
    "const bad = 1; console.log('runs')",
  );

  expect(stdout).toBe('close bad\nruns\n');
  expect(stderr).toContain('`bad` could not be disposed of: Error: cannot close');
  expect(stderr).toContain("if (name === 'bad') throw new Error('cannot close');");
  expect(reply['status']).toBe('ok');
});

test('a value that only claims to be disposable is an error of its cell', async () => {
  const { error } = await kernel.client.execute('using odd: Disposable = {} as any;');

  expect(error).toMatchObject({
    ename: 'TypeError',
    evalue: '`using odd` needs a value with [Symbol.dispose]().',
  });
});

test('blocks dispose at their end: after an error, with what that suppresses, and after Stop', async () => {
  const { error, stdout } = await kernel.client.execute(
    "{ using x = open('x'); using y = open('bad');\n  throw new RangeError('first') }",
  );
  const stopped = kernel.client.execute(
    "{ using z = open('z'); console.log('waits'); for (;;) await null }",
  );
  await stopped.printed('waits');
  await kernel.client.interrupt();

  expect(stdout).toBe('open x\nopen bad\nclose bad\nclose x\n');
  expect(error?.ename).toBe('SuppressedError');
  const traceback = error?.traceback.join('\n');
  expect(traceback).toContain('Disposing threw Error: cannot close');
  expect(traceback).toContain('It suppressed RangeError: first');
  expect((await stopped).stdout).toBe('open z\nwaits\nclose z\n');
});

test('a disposal that never ends is stopped, and its cell with it', async () => {
  await kernel.client.execute(
    "await using slow = { async [Symbol.asyncDispose]() { console.log('begins'); await new Promise(() => {}) } }",
  );
  const pending = kernel.client.execute("const slow = 1; console.log('not yet')");
  await pending.printed('begins');
  await kernel.client.interrupt();

  const { error, stdout } = await pending;
  expect(error?.ename).toBe('Interrupted');
  expect(stdout).toBe('begins\n');
  expect(await printedBy('const slow = 2; console.log(slow)')).toEqual(['2']);
});

test('the stacks and the error of explicit resource management are there', async () => {
  const code = `const log: string[] = [];
    const stack = new DisposableStack();
    stack.defer(() => log.push('deferred'));
    stack.adopt('adopted', (value) => { log.push(value) });
    { using moved = stack.move(); moved.use({ [Symbol.dispose]() { log.push('used') } }); moved.use(null) }
    const later = new AsyncDisposableStack();
    later.defer(async () => { throw new Error('one') }); later.defer(() => { throw new Error('two') });
    try { await later.disposeAsync() } catch (error) {
      log.push(String(error instanceof SuppressedError && error.error.message + error.suppressed.message));
    }
    console.log(log.join(), stack.disposed, later.disposed)`;

  expect(await printedBy(code)).toEqual(['used,adopted,deferred,onetwo true true']);
});

test('kernel and engines dispose of what is open when they end', async () => {
  const writing = (name: string): string =>
    `await using ${name} = { async [Symbol.asyncDispose]() { await null; ` +
    `appendFileSync(${JSON.stringify(join(folder, name))}, '${name} ') } }`;
  const imports = "import { appendFileSync } from 'node:fs';";
  const { error } = await kernel.client.execute(
    `%%px --targets 0\n${imports} ${writing('engine')}; engine !== null`,
  );
  await kernel.client.execute(`%%px --targets 0\n${writing('engine')}`);
  const onEngine = await kernel.client.execute('await px.stop()');
  await kernel.client.execute(`${imports} ${writing('kernel')}; ${writing('second')}`);
  await kernel.client.control('shutdown_request', { restart: false });
  await once(kernel.process, 'exit');

  expect([error, onEngine.error]).toEqual([undefined, undefined]);
  // Once for the cell that declared it again, once for the engine's end.
  expect(await readFile(join(folder, 'engine'), 'utf8')).toBe('engine engine ');
  expect(await readFile(join(folder, 'kernel'), 'utf8')).toBe('kernel ');
  expect(await readFile(join(folder, 'second'), 'utf8')).toBe('second ');
});
