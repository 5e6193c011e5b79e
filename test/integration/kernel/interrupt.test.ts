import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Pending, type StartedKernel, startKernel } from '../../support/jupyter-client.js';

let kernel: StartedKernel;

beforeAll(async () => {
  kernel = await startKernel();
  await kernel.client.execute('let counter = 0;');
});

afterAll(async () => {
  await kernel[Symbol.asyncDispose]();
});

/** Presses Stop and waits for the end of the cell. */
async function stop(pending: Pending): Promise<{ elapsedMs: number; ename: unknown }> {
  const startMs = performance.now();
  await kernel.client.interrupt();
  const { error } = await pending;
  return { elapsedMs: performance.now() - startMs, ename: error?.ename };
}

const wasm =
  'new Uint8Array([0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,7,5,1,1,102,0,0,10,9,1,7,0,3,64,12,0,11,11])';

/** Ways to keep a thread busy or to wait for ever. Each prints `begins` in the innermost part. */
const shapes: Record<string, string> = {
  'a loop': 'spin();',
  'a loop after an await': 'await 0;\nspin();',
  'a timer': 'setTimeout(spin, 1);\nawait new Promise(() => {});',
  'an immediate': 'setImmediate(spin);\nawait new Promise(() => {});',
  'an immediate behind another':
    'setImmediate(() => {});\nsetImmediate(spin);\nawait new Promise(() => {});',
  'an interval': 'setInterval(spin, 1);\nawait new Promise(() => {});',
  'a callback of the file system':
    "(await import('node:fs')).readFile('/etc/hostname', spin);\nawait new Promise(() => {});",
  'a listener':
    "const emitter = new (await import('node:events')).EventEmitter();\nemitter.on('x', spin);\nawait new Promise((resolve) => setTimeout(resolve, 1));\nemitter.emit('x');",
  'a tick': 'process.nextTick(spin);\nawait new Promise(() => {});',
  'deep recursion under a catch':
    'const deep = (n: number): void => (n > 0 ? deep(n - 1) : spin());\nawait 0;\ntry { deep(500); } catch {}',
  'an endless loop of awaits': 'console.log("begins");\nfor (;;) { await 0; counter++; }',
  'a loop with a timer pending': 'setTimeout(() => { counter = -1; }, 300);\nawait 0;\nspin();',
  'a loop in a library function':
    'await 0;\nconsole.log("begins");\nfor (;;) { [3, 2, 1].sort((a, b) => a - b); counter++; }',
  WebAssembly: `await 0;
const { WebAssembly } = globalThis as any;
const wasm = new WebAssembly.Module(${wasm});
console.log('begins');
new WebAssembly.Instance(wasm).exports.f();`,
  'a wait for ever': 'console.log("begins");\nawait new Promise(() => {});',
};

test.each(Object.entries(shapes))(
  'Stop ends %s, and keeps variables and process',
  async (_, code) => {
    await kernel.client.execute(
      "counter = 0;\nconst spin = (): never => { console.log('begins'); for (;;) counter++; };",
    );
    const pending = kernel.client.execute(code);
    await pending.printed('begins');

    const { elapsedMs, ename } = await stop(pending);

    expect(ename).toBe('Interrupted');
    expect(elapsedMs).toBeLessThan(1000);
    const after = await kernel.client.execute(
      'const seen = counter;\nawait new Promise((resolve) => setTimeout(resolve, 400));\n[process.pid, counter - seen]',
    );
    expect(after.result).toBe(`[ ${kernel.process.pid}, 0 ]`);
  },
);

test('Stop twice in a row ends one cell, and the next runs', async () => {
  const pending = kernel.client.execute("console.log('begins');\nfor (;;) {}");
  await pending.printed('begins');

  await Promise.all([kernel.client.interrupt(), kernel.client.interrupt()]);

  expect((await pending).error?.ename).toBe('Interrupted');
  expect((await kernel.client.execute('1 + 1')).result).toBe('2');
});

test('Stop ends a cell that begins in a turn of the loop in which others had immediates', async () => {
  await kernel.client.execute(
    'let turns = 0, isOver = false;\nconst turn = () => { turns++; if (!isOver) setImmediate(turn); };\nturn();',
  );
  for (const code of ['for (;;);', 'for (;;) await 0;', 'await 0;\nfor (;;);']) {
    const pending = kernel.client.execute(`console.log('begins');\n${code}`);
    await pending.printed('begins');
    expect((await stop(pending)).ename).toBe('Interrupted');

    const after = await kernel.client.execute(
      'const before = turns;\nawait new Promise((resolve) => setTimeout(resolve, 5));\nturns > before',
    );
    expect([after.result, after.stderr]).toEqual(['true', '']);
  }

  expect((await kernel.client.execute('isOver = true')).result).toBe('true');
});

test('Stop while nothing runs does nothing', async () => {
  await kernel.client.interrupt();

  expect((await kernel.client.execute('2 + 2')).result).toBe('4');
});

test('Stop aborts the cells that wait', async () => {
  const pending = kernel.client.execute("console.log('begins');\nfor (;;) {}");
  const waiting = kernel.client.execute("console.log('waited')");
  await pending.printed('begins');

  await stop(pending);

  expect((await waiting).reply['status']).toBe('aborted');
});

test('Stop ends a cell that is being compiled', async () => {
  const members = Array.from({ length: 1000 }, (_, i) => `m${i}: { a: ${i}, b: 'x${i}' }`);
  const pending = kernel.client.execute(`const big = { ${members.join(', ')} };\nbig.m1.a`);
  await pending.started();

  const { ename } = await stop(pending);

  expect(ename).toBe('Interrupted');
  expect((await kernel.client.execute('3 + 3')).result).toBe('6');
});

test('Stop ends an endless printer, whose lines stay in order', async () => {
  const pending = kernel.client.execute('for (let i = 0; ; i++) console.log(`line ${i}`);');
  await pending.printed('line 100000\n');

  const { elapsedMs, ename } = await stop(pending);

  expect(ename).toBe('Interrupted');
  expect(elapsedMs).toBeLessThan(1000);
  const lines = (await pending).stdout.trimEnd().split('\n');
  expect(lines.findIndex((line, i) => line !== `line ${i}`)).toBe(-1);
});

test('Stop says so when a cell is blocked in native code, and holds when that returns', async () => {
  const pending = kernel.client.execute(
    "import { execSync } from 'node:child_process';\nconsole.log('begins');\nexecSync('sleep 4');\nfor (;;) {}",
  );
  await pending.printed('begins');

  await kernel.client.interrupt();

  await pending.printed('Stop waits: the cell is blocked in native code');
  expect((await pending).error?.ename).toBe('Interrupted');
  expect((await kernel.client.execute('5 + 5')).result).toBe('10');
});
