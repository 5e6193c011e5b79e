import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import { markedProcesses } from '../../support/leftovers.js';
import { pythonPath } from '../../support/python.js';
import { runCli, sh, startPxcluster } from '../../support/run-process.js';
import { openSandbox } from '../../support/sandbox.js';

const terminal = fileURLToPath(new URL('../../support/terminal.py', import.meta.url));
const sandbox = await openSandbox(afterAll);

beforeAll(async () => {
  await runCli(sandbox, 'start', '--detach', '-n', '1', '--cluster-id', 'a-rather-long-name');
});
afterAll(async () => {
  await runCli(sandbox, 'stop', '--all');
});

/** What a terminal of that width shows, with its escape sequences. */
async function onTerminal(width: number, line: string, variables = ''): Promise<string> {
  const command = `TERM=xterm-256color ${variables} '${pythonPath()}' '${terminal}' ${width} "$NODE" "$CLI" ${line}`;
  const { stdout, stderr } = await sh(sandbox, `unset NO_COLOR FORCE_COLOR CI; ${command}`);
  expect(stderr).toBe('');
  return stdout;
}

test('tables fit the terminal: long texts are cut first, then columns are left out', async () => {
  const wide = await onTerminal(200, 'list', 'NO_COLOR=1');
  const narrow = await onTerminal(40, 'list', 'NO_COLOR=1');
  const tiny = await onTerminal(12, 'list', 'NO_COLOR=1');
  const piped = (await runCli(sandbox, 'list')).stdout;

  expect(wide).toBe(piped);
  expect(wide).toMatch(/^a-rather-long-name +running +1 +\d+ +shared +\d{4}-/m);
  expect(narrow).toMatch(/^a-rather-[\w-]*…? +running +1 /m);
  expect(tiny).toMatch(/^a-rather-l…?/m);
  for (const [text, width] of [
    [narrow, 40],
    [tiny, 12],
  ] as const) {
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(width);
  }
});

test('colours are for terminals alone, and never with NO_COLOR', async () => {
  const escape = String.fromCharCode(27);

  expect(await onTerminal(80, 'engines')).toContain(`${escape}[1mENGINE`);
  expect(await onTerminal(80, 'logs')).toContain(`${escape}[36m[controller]`);
  expect(await onTerminal(80, 'engines', 'NO_COLOR=1')).not.toContain(escape);
  expect((await runCli(sandbox, 'engines')).stdout).not.toContain(escape);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s during the start leaves nothing, and says so', async (signal, code) => {
  const own = await openSandbox();
  const starting = await startPxcluster(own, 'start', '-n', '12'); // so many take a while
  const hasBegun = async () => (await markedProcesses(own.mark)).length > 2;
  expect(await until(hasBegun, { timeoutMs: 10_000, periodMs: 5 })).toBe(true);

  starting.child.signal(signal);

  expect(await starting.child.exited).toEqual({ code, signal: null });
  expect(await starting.text()).toBe(
    'pxcluster: Stopped before the cluster was ready; nothing is left of it.\n',
  );
  await own.expectNothingLeft();
});

test('a command that is killed during the start leaves nothing', async () => {
  const own = await openSandbox();
  const starting = await startPxcluster(own, 'start', '--detach', '-n', '12');
  const hasBegun = async () => (await markedProcesses(own.mark)).length > 2;
  expect(await until(hasBegun, { timeoutMs: 10_000, periodMs: 5 })).toBe(true);

  starting.child.signal('SIGKILL');

  await own.expectNothingLeft({ withinMs: 10_000 });
});

test('a terminal that is closed ends the cluster that runs in it', async () => {
  const own = await openSandbox();
  const running = await startPxcluster(own, 'start', '-n', '1');
  await running.says(/Ctrl-C stops them/);

  running.child.signal('SIGHUP');

  expect(await running.child.exited).toEqual({ code: 0, signal: null });
  await own.expectNothingLeft();
});

test('a supervisor that hangs is ended by the second Ctrl-C', async () => {
  const own = await openSandbox();
  const running = await startPxcluster(own, 'start', '-n', '1', '--json');
  const { supervisorPid } = JSON.parse(await running.says(/\}\n$/)) as { supervisorPid: number };
  process.kill(supervisorPid, 'SIGSTOP');
  running.child.signal('SIGINT');
  running.child.signal('SIGTERM');

  expect(await running.child.exited).toEqual({ code: 0, signal: null });
  expect(await running.text()).toContain('The cluster was ended by SIGKILL.');
  await own.expectNothingLeft();
});

test('a reader of start that goes early does not end the cluster', async () => {
  const own = await openSandbox();
  const running = sh(own, 'set -o pipefail; px start -n 1 | head -1');
  const isListed = async () => (await runCli(own, 'list')).stdout.includes('running');
  expect(await until(isListed, { timeoutMs: 10_000 })).toBe(true);
  const isReady = async () => (await runCli(own, 'engines')).stdout.includes('idle');
  expect(await until(isReady, { timeoutMs: 10_000 })).toBe(true);

  expect(await runCli(own, 'stop')).toMatchObject({ code: 0 });

  expect(await running).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Started 1 engine/) as unknown,
  });
  await own.expectNothingLeft();
});
