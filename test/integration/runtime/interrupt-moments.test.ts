import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RuntimeHost } from './runtime-host.js';

const spin = "console.log('running'); while (true) exports.counter++;";
const spinFor = (ms: number): string =>
  `const end = performance.now() + ${ms}; while (performance.now() < end);`;
const sleep = 'const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));';

describe('Stop', () => {
  let host: RuntimeHost;
  beforeAll(async () => {
    host = await RuntimeHost.start();
  });
  afterAll(() => host[Symbol.asyncDispose]());

  test('is harmless while nothing runs', async () => {
    for (let round = 0; round < 10; round++) {
      expect(await host.interrupt()).toMatchObject({ outcome: 'idle' });
    }

    expect(await host.run('__px.result(1)')).toMatchObject({ status: 'ok' });
  });

  test('twice in a row stops once', async () => {
    const id = host.start(spin);
    await host.printed(id, 'running');

    const both = await Promise.all([host.interrupt(), host.interrupt(), host.interrupt()]);

    expect(both[0]).toMatchObject({ outcome: 'stopped' });
    expect(await host.outcome(id)).toMatchObject({ status: 'interrupted' });
    expect(await host.run('__px.result(1)')).toMatchObject({ status: 'ok' });
  });

  test.each([
    ['in its own code', (ms: number) => spinFor(ms)],
    [
      'in a timer',
      (ms: number) =>
        `__px.result(new Promise((resolve) => setTimeout(() => { ${spinFor(ms)} resolve(1); }, 1)));`,
    ],
    ['after an await', (ms: number) => `Promise.resolve().then(() => { ${spinFor(ms)} });`],
    [
      'in the code that shows its value',
      (ms: number) =>
        `__px.result({ [Symbol.for('Jupyter.display')]() { ${spinFor(ms)} return { 'text/plain': '' }; } });`,
    ],
    [
      'printing',
      (ms: number) =>
        `const end = performance.now() + ${ms}; while (performance.now() < end) console.log('x');`,
    ],
  ])('of a cell that ends at the same moment %s never meets a later cell', async (_, code) => {
    let stops = 0;
    for (let round = 0; round < 40; round++) {
      // About when the blow comes; now and then long enough for it to come for certain.
      const ms = round % 10 === 9 ? 1500 : 38 + (round % 20) / 2;
      const first = host.start(code(ms));
      const later = ['1', '2', '3'].map((value) =>
        host.start(
          `const __cell = __px.cell; __px.resume(__cell, await 0); ${spinFor(5)} __px.result(${value});`,
          { isAsync: true },
        ),
      );
      await host.interrupt();
      const outcomes = await Promise.all([first, ...later].map((id) => host.outcome(id)));

      // The cell that ran when Stop was asked for, at most: mostly the first, or one right behind it.
      const stopped = outcomes.filter((outcome) => outcome['status'] === 'interrupted');
      expect(stopped.length).toBeLessThanOrEqual(1);
      expect(outcomes.filter((outcome) => outcome['status'] === 'error')).toEqual([]);
      if (outcomes[0] === stopped[0]) stops++;
    }
    expect(stops).toBeGreaterThan(0);
    expect(await host.run('__px.result(1)')).toMatchObject({ status: 'ok' });
  });

  test('while native code blocks says so, and the cell ends when that returns', async () => {
    const id = host.start(
      "console.log('running'); require('child_process').execSync('sleep 3'); while (true) exports.counter++;",
    );
    await host.printed(id, 'running');

    const stop = await host.interrupt();

    expect(stop).toMatchObject({ outcome: 'blocked' });
    expect(stop['ms']).toBeGreaterThan(1900);
    expect(stop['ms']).toBeLessThan(2500);
    expect(await host.outcome(id)).toMatchObject({ status: 'interrupted' });
    expect(await host.run('__px.result(1)')).toMatchObject({ status: 'ok' });
  });

  test('waits for native code to return between two calls of it', async () => {
    const id = host.start(
      "console.log('running'); for (;;) { require('child_process').execSync('sleep 0.3'); exports.counter++; }",
    );
    await host.printed(id, 'running');

    const stop = await host.interrupt();

    expect(stop).toMatchObject({ outcome: 'stopped' });
    expect(stop['ms']).toBeLessThan(1000);
    expect(await host.outcome(id)).toMatchObject({ status: 'interrupted' });
  });

  test('ends what an earlier cell left in the background and blocks the process', async () => {
    const id = host.start(`setInterval(() => { ${spin} }, 20);`);
    await host.printed(id, 'running');

    expect(await host.interrupt()).toMatchObject({ outcome: 'stopped' });

    const next = await host.run(
      `const __cell = __px.cell; ${sleep} __px.resume(__cell, await sleep(100)); __px.result(1);`,
      { isAsync: true },
    );
    expect(next).toMatchObject({ status: 'ok' });
  });

  test('of an await lets finally blocks run, and timers of later cells too', async () => {
    const id = host.start(
      `const __cell = __px.cell; ${sleep} console.log('running');
      try { for (;;) { __px.resume(__cell, await 0); } } finally { console.log('finally'); }`,
      { isAsync: true },
    );
    await host.printed(id, 'running');

    await host.interrupt();
    await host.outcome(id);

    expect(await host.run(`${sleep} __px.result(sleep(5).then(() => 5))`)).toMatchObject({
      bundle: { 'text/plain': '5' },
    });
    expect(host.text(id)).toContain('finally');
  });

  test('is not asked for by a SIGINT, which ends nothing', async () => {
    const id = host.start(
      "console.log('running'); __px.result(new Promise((resolve) => setTimeout(resolve, 50, 1)));",
    );
    await host.printed(id, 'running');

    process.kill(host.pid, 'SIGINT');

    expect(await host.outcome(id)).toMatchObject({ status: 'ok' });
  });

  test('after process.exit() keeps nothing from ending', async () => {
    const id = host.start(
      "console.log('running'); process.on('exit', () => { while (true); }); process.exit(5);",
    );
    await host.printed(id, 'running');

    await host.interrupt(); // ends the listener, and with it the attempt to exit
    host.start('process.removeAllListeners("exit"); process.exit(6);');
    await host.exit();

    expect(host.exitCode).toBe(6);
  });
});
