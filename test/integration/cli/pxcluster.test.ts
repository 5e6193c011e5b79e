import { once } from 'node:events';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client, Cluster } from 'pxlab';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import { pxcluster, startPxcluster } from '../../support/run-process.js';
import { openSandbox, type Sandbox } from '../../support/sandbox.js';

async function startDetached(sandbox: Sandbox, ...args: string[]): Promise<void> {
  const { code, text } = await pxcluster(sandbox, 'start', '--detach', '-n', '1', ...args);
  expect(text).toContain('Started 1 engine');
  expect(code).toBe(0);
}

async function json(sandbox: Sandbox, ...args: string[]): Promise<unknown> {
  return JSON.parse((await pxcluster(sandbox, ...args, '--json')).text);
}

test('a detached cluster is listed, used and stopped, and leaves nothing', async () => {
  const sandbox = await openSandbox();

  await startDetached(sandbox);
  const listed = await json(sandbox, 'list');
  await using client = await Client.connect({ profileDir: sandbox.profileDir });
  const answer = await client.direct(0).execute('40 + 2');
  await client.close();
  const stopped = await pxcluster(sandbox, 'stop');

  expect(listed).toMatchObject([{ clusterId: '', state: 'running', engineCount: 1 }]);
  expect(answer).toBe(42);
  expect(stopped).toMatchObject({ code: 0, text: 'Stopped 1 cluster.\n' });
  await sandbox.expectNothingLeft();
});

test('a cluster in the foreground says how to use it and ends with Ctrl-C', async () => {
  const sandbox = await openSandbox();
  const running = await startPxcluster(sandbox, 'start', '-n', '1', '--ipc-only');
  await running.says(/Started 1 engine in .* s\..*Client\.connect\(\).*Ctrl-C stops them\./s);

  running.child.signal('SIGINT');

  await expect(running.child.exited).resolves.toEqual({ code: 0, signal: null });
  expect(await running.text()).toContain('The cluster has stopped.');
  await sandbox.expectNothingLeft();
});

test('a cluster in the foreground ends when another terminal stops it', async () => {
  const sandbox = await openSandbox();
  const running = await startPxcluster(sandbox, 'start', '-n', '1');
  await running.says(/Ctrl-C/);

  await pxcluster(sandbox, 'stop');

  await expect(running.child.exited).resolves.toEqual({ code: 0, signal: null });
  await sandbox.expectNothingLeft();
});

test('the exit codes are those of ipcluster', async () => {
  const sandbox = await openSandbox();

  expect(await pxcluster(sandbox, 'stop')).toMatchObject({ code: 11 });
  expect(await pxcluster(sandbox, 'status')).toMatchObject({ code: 12 });
  await startDetached(sandbox);
  expect(await pxcluster(sandbox, 'start')).toMatchObject({
    code: 10,
    text: expect.stringContaining('runs already') as unknown,
  });
  expect(await pxcluster(sandbox, 'stop')).toMatchObject({ code: 0 });
});

test('stop --all stops every cluster, of whomever', async () => {
  const sandbox = await openSandbox();
  await startDetached(sandbox);
  await startDetached(sandbox, '--cluster-id', 'two');
  const { profileDir, env } = sandbox;
  const own = await Cluster.start({ n: 1, profileDir, env });

  const { text } = await pxcluster(sandbox, 'stop', '--all');

  expect(text).toBe('Stopped 3 clusters.\n');
  await own.ended;
  await sandbox.expectNothingLeft();
});

test('with several clusters and no name, the one without an id is meant, else they are listed', async () => {
  const sandbox = await openSandbox();
  await startDetached(sandbox, '--cluster-id', 'one');
  await startDetached(sandbox, '--cluster-id', 'two');

  expect(await pxcluster(sandbox, 'status')).toMatchObject({
    code: 1,
    text: 'pxcluster: There are 2 clusters: one, two. Name one with `--cluster-id`.\n',
  });
  await startDetached(sandbox);
  expect(await json(sandbox, 'status')).toMatchObject({ clusterId: '' });
  await pxcluster(sandbox, 'stop', '--all');
});

test('status shows a killed engine with its signal within a second', async () => {
  const sandbox = await openSandbox();
  const { code } = await pxcluster(sandbox, 'start', '--detach', '-n', '2');
  expect(code).toBe(0);
  const { engines } = (await json(sandbox, 'status')) as { engines: { pid: number }[] };
  const pid = engines[0]?.pid ?? 0;

  process.kill(pid, 'SIGKILL');

  await until(
    async () => (await pxcluster(sandbox, 'status')).text.includes('was killed by SIGKILL'),
    { timeoutMs: 1000 },
  );
  const { text } = await pxcluster(sandbox, 'status');
  expect(text).toMatch(
    new RegExp(`^Engine 0 \\(pid ${pid} on .*\\) was killed by SIGKILL at `, 'm'),
  );
  expect(text).toMatch(/^ *1 +\d+ +\S+ +idle/m);
  await pxcluster(sandbox, 'stop');
});

test('after a kill of the supervisor, list says so and clean removes what is left', async () => {
  const sandbox = await openSandbox();
  await startDetached(sandbox);
  const [cluster] = (await json(sandbox, 'list')) as { pid: number }[];
  process.kill(cluster?.pid ?? 0, 'SIGKILL');

  const isDead = async (): Promise<boolean> =>
    /"state": "dead"/.test((await pxcluster(sandbox, 'list', '--json')).text);
  await expect(until(isDead, { timeoutMs: 3000 })).resolves.toBe(true);
  const cleaned = await pxcluster(sandbox, 'clean');

  expect(cleaned).toMatchObject({ code: 0, text: expect.stringContaining('Removed') as unknown });
  expect(await json(sandbox, 'list')).toEqual([]);
  expect(await readdir(join(sandbox.profileDir, 'log'))).toEqual([]);
  await sandbox.expectNothingLeft();
});

test('a port in use is one sentence, and nothing is left', async () => {
  const sandbox = await openSandbox();
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;

  const { code, text } = await pxcluster(sandbox, 'start', '-n', '1', '--ports', String(port));

  expect(code).toBe(1);
  expect(text).toMatch(
    new RegExp(`^pxcluster: Cannot listen at tcp://127.0.0.1:${port}: .*\\.\n$`),
  );
  await sandbox.expectNothingLeft();
});

test('--version and --help answer at once', async () => {
  const sandbox = await openSandbox();

  expect(await pxcluster(sandbox, '--version')).toMatchObject({ code: 0, text: '0.1.0\n' });
  expect((await pxcluster(sandbox, '--help')).text).toContain('install');
});

test('the kernel is installed where it is told to be, and its removal leaves the folder as it was', async () => {
  const sandbox = await openSandbox();
  const prefix = join(sandbox.folder, 'prefix');
  await mkdir(join(prefix, 'share'), { recursive: true });

  const { code } = await pxcluster(sandbox, 'install', '--prefix', prefix);
  const again = await pxcluster(sandbox, 'install', '--prefix', prefix);
  const file = join(prefix, 'share', 'jupyter', 'kernels', 'pxlab', 'kernel.json');
  const spec = JSON.parse(await readFile(file, 'utf8')) as { argv: string[] };
  const removed = await pxcluster(sandbox, 'install', '--prefix', prefix, '--remove');

  expect([code, again.code, removed.code]).toEqual([0, 0, 0]);
  expect(spec).toMatchObject({
    display_name: 'TypeScript (pxlab)',
    language: 'typescript',
    interrupt_mode: 'message',
    env: process.platform === 'linux' ? { ['MALLOC_ARENA_MAX']: '1' } : {},
  });
  expect(spec.argv.at(-1)).toBe('{connection_file}');
  expect(await readdir(prefix, { recursive: true })).toEqual(['share']);
});

test('where no Python is, that is said in one sentence', async () => {
  const sandbox = await openSandbox();
  const env = { ...sandbox.env, PATH: sandbox.folder, VIRTUAL_ENV: '', CONDA_PREFIX: '' };

  const { code, text } = await pxcluster({ ...sandbox, env }, 'install', '--sys-prefix');

  expect(code).toBe(1);
  expect(text).toMatch(/^pxcluster: No Python environment is active: [^\n]*--prefix DIR`\.\n$/);
});

test('a controller and an engine of ours stand in for ipcontroller and ipengine', async () => {
  const sandbox = await openSandbox();
  const { profileDir } = sandbox;
  const flags = [`--profile-dir=${profileDir}`, '--cluster-id=c', '--log-level=10'];
  const controller = await startPxcluster(
    sandbox,
    'controller',
    ...flags,
    '--ping=250',
    '--dictdb',
  );
  const engine = await startPxcluster(
    sandbox,
    'engine',
    ...flags,
    '--InteractiveShell.colors=nocolor',
  );
  await engineIsThere(sandbox);

  await using client = await Client.connect({ clusterId: 'c', profileDir });
  await expect(client.direct(0).execute('40 + 2')).resolves.toBe(42);
  await client.close();
  engine.child.signal('SIGTERM');
  await expect(engine.child.exited).resolves.toEqual({ code: 0, signal: null });
  controller.child.signal('SIGTERM');
  await expect(controller.child.exited).resolves.toEqual({ code: 0, signal: null });

  await sandbox.expectNothingLeft();
});

test('an engine whose starter is killed ends too', async () => {
  const sandbox = await openSandbox();
  const flags = [`--profile-dir=${sandbox.profileDir}`, '--cluster-id=c'];
  const controller = await startPxcluster(sandbox, 'controller', ...flags);
  const engine = await startPxcluster(sandbox, 'engine', ...flags);
  await engineIsThere(sandbox);

  engine.child.signal('SIGKILL');

  await using client = await Client.connect({ clusterId: 'c', profileDir: sandbox.profileDir });
  await expect(until(() => client.ids.length === 0, { timeoutMs: 5000 })).resolves.toBe(true);
  await client.close();
  controller.child.signal('SIGTERM');
  await controller.child.exited;
  await sandbox.expectNothingLeft();
});

async function engineIsThere({ profileDir }: Sandbox): Promise<void> {
  const isThere = async (): Promise<boolean> => {
    try {
      await using client = await Client.connect({ clusterId: 'c', profileDir, timeoutMs: 1000 });
      return client.ids.length > 0;
    } catch {
      return false; // the controller still starts
    }
  };
  if (!(await until(isThere, { timeoutMs: 15_000 }))) throw new Error('no engine came');
}
