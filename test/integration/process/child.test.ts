import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import { Child } from '../../../lib/process/child.js';
import { endProcess } from '../../../lib/process/end-process.js';
import { identityOf, isAlive } from '../../../lib/process/process-identity.js';

const node = (script: string) => ({ command: process.execPath, args: ['-e', script] });

/** Prints the pid of a grandchild, and ignores SIGTERM, as does the grandchild. */
const stubborn = `
  process.on('SIGTERM', () => undefined);
  if (process.argv.length < 2) {
    const { spawn } = require('node:child_process');
    const script = "process.on('SIGTERM', () => {}); console.log(process.pid); setInterval(() => {}, 1000)";
    spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'inherit', 'inherit'] });
  }
  setInterval(() => undefined, 1000);
`;

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pxlab-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

test('output goes to a file that only its owner reads', async () => {
  const file = join(await temporaryFolder(), 'out.log');

  const child = await Child.spawn({
    ...node('console.log("out"); console.error("err"); process.exit(3)'),
    output: { file },
  });

  await expect(child.exited).resolves.toEqual({ code: 3, signal: null });
  expect((await readFile(file, 'utf8')).split('\n').sort()).toEqual(['', 'err', 'out']);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('a child that does not heed SIGTERM is killed, and its own children with it', async () => {
  const file = join(await temporaryFolder(), 'out.log');
  const child = await Child.spawn({ ...node(stubborn), output: { file } });
  await until(async () => (await readFile(file, 'utf8')).includes('\n'), { timeoutMs: 10_000 });
  const grandchild = await identityOf(Number(await readFile(file, 'utf8')));
  if (grandchild === undefined) throw new Error('the grandchild does not run');

  await expect(child.end({ graceMs: 50 })).resolves.toEqual({ code: null, signal: 'SIGKILL' });

  await expect(until(async () => !(await isAlive(grandchild)), { timeoutMs: 2000 })).resolves.toBe(
    true,
  );
});

test('a process is ended by its identity, another one at the same pid is not', async () => {
  const child = await Child.spawn({ ...node('setInterval(() => {}, 1000)'), output: 'capture' });
  const identity = await identityOf(child.pid);
  if (identity === undefined) throw new Error('the child does not run');

  await endProcess({ ...identity, startTime: '1' }, { graceMs: 100 });
  await expect(isAlive(identity)).resolves.toBe(true);

  await endProcess(identity, { graceMs: 2000 });
  await expect(isAlive(identity)).resolves.toBe(false);
  await expect(child.exited).resolves.toMatchObject({ signal: 'SIGTERM' });
});

test('a program that does not exist is refused in one sentence', async () => {
  await expect(
    Child.spawn({ command: '/no/such/program', output: 'capture' }),
  ).rejects.toMatchObject({
    code: 'START_FAILED',
    message: expect.stringMatching(/^Could not run \/no\/such\/program: .*ENOENT\.$/) as unknown,
  });
});

test('a child reports over a pipe of its own', async () => {
  const child = await Child.spawn({
    ...node('require("node:fs").writeSync(3, "ready\\n")'),
    output: 'capture',
    hasReport: true,
  });

  const lines: string[] = [];
  for await (const data of child.report ?? []) lines.push(String(data));

  expect(lines.join('')).toBe('ready\n');
  await expect(child.exited).resolves.toEqual({ code: 0, signal: null });
});
