import { expect, test } from 'vitest';
import { RuntimeHost, type Report } from './runtime-host.js';

const blocked = (ms: number): string =>
  `const end = performance.now() + ${ms}; while (performance.now() < end);`;

test('what a loop prints is seen while it still blocks', async () => {
  await using host = await RuntimeHost.start();

  const id = host.start(`console.log('first'); ${blocked(700)} console.log('last');`);
  await host.printed(id, 'first');

  expect(host.text(id)).not.toContain('last');
  await host.outcome(id);
  expect(host.text(id)).toBe('first\nlast\n');
});

test('20,000 lines of one blocked loop all arrive, in order, in few messages', async () => {
  await using host = await RuntimeHost.start();
  const lines = Array.from({ length: 20_000 }, (_, line) => `line ${line}\n`);

  const id = host.start('for (let line = 0; line < 20000; line++) console.log(`line ${line}`);');
  await host.outcome(id);

  expect(host.text(id)).toBe(lines.join(''));
  expect(host.reports.filter((each) => each.kind === 'stream').length).toBeLessThan(10_000);
});

test('more output than may be under way holds back the cell and loses nothing', async () => {
  await using host = await RuntimeHost.start();
  const id = host.start(
    "const line = 'x'.repeat(99_999); for (let i = 0; i < 400; i++) process.stdout.write(line + '\\n');",
  );

  await host.outcome(id);

  expect(host.text(id).length).toBe(40_000_000);
});

test('streams, displays and the outcome of a cell keep their order', async () => {
  await using host = await RuntimeHost.start();

  const id = host.start(
    'for (let i = 0; i < 50; i++) { console.log(i); display(i); console.error(i); } process.stdout.write(new Uint8Array([0xc3])); process.stdout.write(Buffer.from([0xa9, 10]));',
  );
  await host.outcome(id);

  const own = host.reports.filter((each) => each.id === id);
  expect(own.slice(0, 6).map(kindOf)).toEqual([
    'stdout',
    'display_data',
    'stderr',
    'stdout',
    'display_data',
    'stderr',
  ]);
  expect(own.at(-1)?.['type']).toBe('outcome');
  expect(own).toHaveLength(152);
  expect(host.text(id).endsWith('49\né\n')).toBe(true);
});

test('writes honour callbacks, encodings and return values', async () => {
  await using host = await RuntimeHost.start();

  const outcome = await host.run(
    `const __cell = __px.cell;
    const isTaken = process.stdout.write('6162', 'hex');
    __px.resume(__cell, await new Promise((resolve) => process.stdout.write('c\\n', resolve)));
    let message; try { process.stdout.write(5); } catch (error) { message = error.code; }
    __px.result([isTaken, message]);`,
    { isAsync: true },
  );

  expect(outcome['bundle']).toEqual({ 'text/plain': "[ true, 'ERR_INVALID_ARG_TYPE' ]" });
  expect(host.text('cell-1')).toBe('abc\n');
});

test('what children and native code print arrives as output of the cell, before its end', async () => {
  await using host = await RuntimeHost.start();

  const id = host.start(`
    const { execSync, spawnSync } = require('child_process');
    execSync('echo out; echo err >&2', { stdio: 'inherit' });
    spawnSync('sh', ['-c', 'echo spawned'], { stdio: 'inherit' });
    execSync('echo unheard >&2');
    process._rawDebug('raw');
    require('fs').writeSync(1, 'descriptor\\n');
  `);
  await host.outcome(id);

  expect(host.text(id)).toBe('out\nspawned\ndescriptor\n');
  expect(host.text(id, 'stderr')).toBe('err\nunheard\nraw\n');
  const types = host.reports.filter((each) => each.id === id).map(kindOf);
  expect(types.at(-1)).toBe('outcome');
});

test('a child that inherits the streams is heard while it blocks the cell, however much it prints', async () => {
  await using host = await RuntimeHost.start();

  const id = host.start(
    "require('child_process').execSync('echo first; sleep 0.5; yes | head -c 1000000', { stdio: 'inherit' });",
  );
  await host.printed(id, 'first');
  expect(host.text(id)).toBe('first\n');
  await host.outcome(id);

  expect(host.text(id)).toBe(`first\n${'y\n'.repeat(500_000)}`);
});

test('what a cell leaves in the background prints to its own cell', async () => {
  await using host = await RuntimeHost.start();

  const first =
    host.start(`const __cell = __px.cell; const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    setInterval(() => console.log('timer'), 5).unref();
    (async () => { const __cell = __px.cell; for (;;) { __px.resume(__cell, await sleep(5)); console.log('loop'); } })();`);
  await host.outcome(first);
  const second = host.start(
    `const __cell = __px.cell; const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    for (let i = 0; i < 20; i++) { __px.resume(__cell, await sleep(5)); console.log('second'); }`,
    { isAsync: true },
  );
  await host.outcome(second);

  expect(host.text(second)).toBe('second\n'.repeat(20));
  expect(host.text(first)).toContain('timer\n');
  expect(host.text(first)).toContain('loop\n');
});

test('errors that no one handles go to the stderr of their cell and end nothing', async () => {
  await using host = await RuntimeHost.start();

  const first = host.start(
    "setTimeout(() => { throw new TypeError('later'); }, 5);\nPromise.reject(new Error('rejected'));",
  );
  await host.outcome(first);
  await host.printed(first, 'TypeError: later', 'stderr');

  expect(host.text(first, 'stderr')).toContain('Unhandled rejection in Cell [1]: Error: rejected');
  expect(host.text(first, 'stderr')).toContain('Uncaught exception in Cell [1]: TypeError: later');
  expect(await host.run('__px.result(1)')).toMatchObject({ status: 'ok' });
});

function kindOf(report: Report): unknown {
  return report['name'] ?? report['type'];
}
