import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RuntimeHost, type Report } from './runtime-host.js';

/** Each shape says when it is there, and counts in `exports.counter`, so that a ghost is seen. */
const here = "if (exports.counter++ === 0) console.log('running');";
const spin = `${here} while (true) exports.counter++;`;
const sleep = 'const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));';
const wasm =
  'const bytes = new Uint8Array([0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,7,5,1,1,102,0,0,10,9,1,7,0,3,64,12,0,11,11]);' +
  'new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.f();';
const forever = '__px.result(new Promise(() => {}));';
const resumed = (code: string): string => `const __cell = __px.cell; ${code}`;

const shapes: Record<string, { code: string; isAsync?: boolean }> = {
  'a synchronous loop': { code: spin },
  'a loop after an await': {
    code: resumed(`__px.resume(__cell, await 0); ${spin}`),
    isAsync: true,
  },
  'a timer': { code: `setTimeout(() => { ${spin} }, 1); ${forever}` },
  'an immediate': { code: `setImmediate(() => { ${spin} }); ${forever}` },
  'an interval': { code: `setInterval(() => { ${spin} }, 1); ${forever}` },
  'a callback of fs': {
    code: `require('fs').readFile('/etc/hosts', () => { ${spin} }); ${forever}`,
  },
  'a listener': {
    code: resumed(
      `${sleep} const emitter = new (require('events'))(); emitter.on('x', () => { ${spin} });` +
        `__px.resume(__cell, await sleep(1)); emitter.emit('x');`,
    ),
    isAsync: true,
  },
  'a tick': { code: `process.nextTick(() => { ${spin} }); ${forever}` },
  'deep recursion that catches': {
    code: resumed(
      `const f = (n) => n ? f(n - 1) : (() => { ${spin} })(); __px.resume(__cell, await 0);` +
        'try { f(500); } catch (error) { while (true) exports.counter++; }',
    ),
    isAsync: true,
  },
  'a loop of awaits': {
    code: resumed(`for (;;) { __px.resume(__cell, await 0); ${here} }`),
    isAsync: true,
  },
  'a loop of awaits that nobody checks': {
    code: `for (;;) { await 0; ${here} }`,
    isAsync: true,
  },
  'a loop of awaits that catches': {
    code: resumed(`for (;;) { try { __px.resume(__cell, await 0); ${here} } catch {} }`),
    isAsync: true,
  },
  'a loop with timers for later': {
    code: resumed(
      'setTimeout(() => exports.counter++, 300); setInterval(() => exports.counter++, 50);' +
        `__px.resume(__cell, await 0); ${spin}`,
    ),
    isAsync: true,
  },
  'a loop inside built-ins': {
    code: resumed(
      `__px.resume(__cell, await 0); for (;;) [3, 2, 1].sort((a, b) => { ${here} return a - b; });`,
    ),
    isAsync: true,
  },
  WebAssembly: { code: resumed(`__px.resume(__cell, await 0); ${here} ${wasm}`), isAsync: true },
  'a loop of sleeps': {
    code: resumed(`${sleep} for (;;) { __px.resume(__cell, await sleep(1)); ${here} }`),
    isAsync: true,
  },
  'a loop of sleeps that catches': {
    code: resumed(
      `${sleep} for (;;) { try { __px.resume(__cell, await sleep(1)); ${here} } catch {} }`,
    ),
    isAsync: true,
  },
  'a loop that prints': { code: `${here} for (;;) console.log(exports.counter++);` },
  'a regular expression': { code: `${here} /^(a+)+$/.test('a'.repeat(60) + 'b');` },
  'a wait on shared memory': {
    code: `${here} Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`,
  },
  'a value that never shows': {
    code: `__px.result({ get [Symbol.for('Jupyter.display')]() { ${spin} } });`,
  },
  'an error that never shows': {
    code: `const error = new Error('x'); Object.defineProperty(error, 'message', { get() { ${spin} } }); throw error;`,
  },
};

/** Everything that Node does has to work after a stop. */
const healthy = resumed(`${sleep}
  __px.resume(__cell, await sleep(2));
  __px.resume(__cell, await new Promise((resolve) => setImmediate(resolve)));
  __px.resume(__cell, await new Promise((resolve) => process.nextTick(resolve)));
  __px.resume(__cell, await require('fs/promises').readFile('/etc/hosts'));
  __px.resume(__cell, await new Promise((resolve) => {
    const server = require('net').createServer((socket) => socket.end('x'));
    server.listen(0, '127.0.0.1', () => {
      const client = require('net').connect(server.address().port, '127.0.0.1');
      client.on('data', () => {}).on('close', () => server.close(resolve));
    });
  }));
  __px.result('healthy ' + process.pid);`);

describe('Stop ends', () => {
  let host: RuntimeHost;
  beforeAll(async () => {
    host = await RuntimeHost.start();
  });
  afterAll(() => host[Symbol.asyncDispose]());

  test.each(Object.entries(shapes))('%s, and the process works on', async (name, shape) => {
    for (let round = 0; round < 3; round++) {
      await host.run('exports.counter = 0; console.log("begun")');
      const id = host.start(shape.code, {
        isAsync: shape.isAsync ?? false,
      });
      await host.printed(id, 'running');

      const stop = await host.interrupt();
      const outcome = await host.outcome(id);

      expect(stop).toMatchObject({ outcome: 'stopped' });
      expect(stop['ms']).toBeLessThan(1000);
      expect(outcome).toMatchObject({ status: 'interrupted', error: { ename: 'Interrupted' } });
      expect(Number(outcome['counter'])).toBeGreaterThan(0);
      const after = await host.run(healthy, { isAsync: true });
      expect(bundleText(after)).toBe(`'healthy ${host.pid}'`);
      expect(await counterGrowth(host)).toBe(0);
      if (process.env['SHOW']) console.log(name, Math.round(Number(stop['ms'])));
    }
  });
});

/** How far the counter moves in 400 ms of a turning loop. */
async function counterGrowth(host: RuntimeHost): Promise<number> {
  const outcome = await host.run(
    resumed(
      'const before = exports.counter; __px.resume(__cell, await new Promise((resolve) => setTimeout(resolve, 400)));' +
        '__px.result(exports.counter - before);',
    ),
    { isAsync: true },
  );
  return Number(bundleText(outcome));
}

function bundleText(outcome: Report): unknown {
  return (outcome['bundle'] as Record<string, unknown> | undefined)?.['text/plain'];
}
