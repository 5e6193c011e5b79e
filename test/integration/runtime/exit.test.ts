import { expect, test } from 'vitest';
import { RuntimeHost } from './runtime-host.js';

test('process.exit() in a cell sends all outputs, closes the sockets and exits with its code', async () => {
  await using host = await RuntimeHost.start();

  const id = host.start(`
    for (let line = 0; line < 1000; line++) console.log('line ' + line);
    require('child_process').execSync('echo child', { stdio: 'inherit' });
    process.exit(7);
    console.log('not reached');`);
  await host.exit();

  expect(host.exitCode).toBe(7);
  expect(host.text(id)).toContain('line 999\n');
  expect(host.text(id)).toContain('child\n');
  expect(host.text(id)).not.toContain('not reached');
  expect(host.reports.at(-1)).toMatchObject({ kind: 'closed', code: 7 });
});

test('process.exit() after an await and in a timer goes by the same door', async () => {
  for (const code of [
    'setTimeout(() => process.exit(3), 1); __px.result(new Promise(() => {}));',
    'Promise.resolve().then(() => { process.exitCode = 3; process.exit(); });',
    'process.reallyExit(3);',
  ]) {
    await using host = await RuntimeHost.start();

    host.start(code);
    await host.exit();

    expect(host.exitCode).toBe(3);
    expect(host.reports.at(-1)).toMatchObject({ kind: 'closed', code: 3 });
  }
});

test('process.abort() sends all outputs first', async () => {
  await using host = await RuntimeHost.start();

  const id = host.start("console.log('last words'); process.abort();");
  await host.exit();

  expect(host.signalCode).toBe('SIGABRT');
  expect(host.text(id)).toBe('last words\n');
});
