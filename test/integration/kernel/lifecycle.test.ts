import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import { jupyterConnectionFile } from '../../../lib/wire/jupyter-connection.js';
import { ipcConnection, JupyterClient, startKernel } from '../../support/jupyter-client.js';

const kernelMain = fileURLToPath(new URL('../../../lib/kernel/main.js', import.meta.url));

function exitOf(child: ChildProcess): Promise<[code: number | null, signal: string | null]> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return Promise.resolve([child.exitCode, child.signalCode]);
  }
  return once(child, 'exit') as Promise<[number | null, string | null]>;
}

test('shutdown ends the process and removes its sockets', async () => {
  await using kernel = await startKernel();
  await kernel.client.execute('setInterval(() => {}, 1000);');

  const { reply } = await kernel.client.control('shutdown_request', { restart: false });

  expect(reply).toEqual({ status: 'ok', restart: false });
  expect(await exitOf(kernel.process)).toEqual([0, null]);
  expect(await readdir(kernel.folder)).toEqual(['kernel-test.json']);
});

test('shutdown ends a kernel whose cell blocks the thread', async () => {
  await using kernel = await startKernel();
  const pending = kernel.client.execute("console.log('begins');\nfor (;;) {}");
  await pending.printed('begins');

  await kernel.client.control('shutdown_request', { restart: false });

  expect(await exitOf(kernel.process)).toEqual([0, null]);
});

test('a kernel starts anew on the same connection file', async () => {
  await using kernel = await startKernel();
  await kernel.client.execute('const before = 1;');
  await kernel.client.control('shutdown_request', { restart: true });
  await exitOf(kernel.process);

  kernel.respawn();
  const client = await kernel.attach();
  const { error } = await client.execute('before');

  expect(error?.evalue).toContain("Cannot find name 'before'");
});

test('process.exit() in a cell says what it did and leaves by the door', async () => {
  await using kernel = await startKernel();

  const { error, reply } = await kernel.client.execute("console.log('last');\nprocess.exit(3);");

  expect(error).toMatchObject({ ename: 'KernelExit' });
  expect(error?.evalue).toContain('process.exit(3) was called');
  expect(reply['status']).toBe('error');
  expect(await exitOf(kernel.process)).toEqual([3, null]);
});

test('SIGTERM ends the kernel in order', async () => {
  await using kernel = await startKernel();

  kernel.process.kill('SIGTERM');

  expect(await exitOf(kernel.process)).toEqual([0, null]);
});

test('SIGINT, which does not say what it was meant for, ends no kernel, from its first answer on', async () => {
  await using kernel = await startKernel();

  kernel.process.kill('SIGINT');

  expect(kernel.process.exitCode).toBeNull();
  expect((await kernel.client.execute('1 + 1')).result).toBe('2');
});

test.each([
  ['before it serves', "throw new Error('out of order');"],
  ['while it serves', "setTimeout(() => { throw new Error('out of order'); }, 700);"],
])('a kernel whose I/O worker fails %s says so and ends', async (_, failure) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'kernel-broken.json');
  await writeFile(file, jupyterConnectionFile(ipcConnection(folder.path)));
  const preload = join(folder.path, 'preload.cjs');
  await writeFile(preload, `if (!require('node:worker_threads').isMainThread) { ${failure} }`);

  const { status, stderr } = runKernel(file, { NODE_OPTIONS: `--require ${preload}` });

  expect(status).toBe(1);
  expect(stderr).toMatch(/^The I\/O worker failed: Error: out of order\n {4}at /);
});

test('a kernel ends when the process that started it is gone', async () => {
  await using folder = await temporaryFolder();
  const connection = ipcConnection(folder.path);
  const file = join(folder.path, 'kernel-orphan.json');
  await writeFile(file, jupyterConnectionFile(connection));
  const program = `
    const child = require('node:child_process').spawn(process.execPath,
      ['--no-force-async-hooks-checks', ${JSON.stringify(kernelMain)}, ${JSON.stringify(file)}],
      { env: { ...process.env, JPY_PARENT_PID: String(process.pid) }, stdio: 'ignore' });
    console.log(child.pid);
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  const client = new JupyterClient(connection);
  await client.ready();
  await client.close();

  parent.kill('SIGKILL');

  expect(await until(() => !isAlive(pid), { timeoutMs: 10_000 })).toBe(true);
});

test.each([
  ['{', 'it is not JSON'],
  ['{"transport":"tcp","ip":"127.0.0.1"}', '`shell_port` is missing or no number'],
])('a damaged connection file is one sentence and an exit code: %s', async (text, fault) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'kernel-damaged.json');
  await writeFile(file, text);

  const { status, stderr } = runKernel(file);

  expect(status).toBe(1);
  expect(stderr).toBe(
    `The connection file ${file} is damaged: ${fault}. Jupyter writes these files: start the kernel from Jupyter anew.\n`,
  );
});

test('a port in use is one sentence and an exit code', async () => {
  await using folder = await temporaryFolder();
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const file = join(folder.path, 'kernel-taken.json');
  const ports = { shell: port, control: port, iopub: port, stdin: port, heartbeat: port };
  const connection = { ...ipcConnection(folder.path), transport: 'tcp' as const, ip: '127.0.0.1' };
  await writeFile(file, jupyterConnectionFile({ ...connection, ports }));

  const { status, stderr } = runKernel(file);
  server.close();

  expect(status).toBe(1);
  expect(stderr).toBe(
    `Cannot listen at tcp://127.0.0.1:${port}: another process does. Choose another port, or stop that process.\n`,
  );
});

/** Runs a kernel that is expected to end by itself, with its stderr in a file, as Jupyter has it. */
function runKernel(
  connectionFile: string,
  env: NodeJS.ProcessEnv = {},
): { status: number | null; stderr: string } {
  const log = `${connectionFile}.log`;
  const descriptor = openSync(log, 'w');
  const { status } = spawnSync(process.execPath, [kernelMain, connectionFile], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', descriptor],
    timeout: 20_000,
  });
  closeSync(descriptor);
  return { status, stderr: readFileSync(log, 'utf8') };
}

async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'pxk-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
