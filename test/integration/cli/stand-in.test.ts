import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pxcluster, startPxcluster } from '../../support/run-process.js';
import { openSandbox, type Sandbox } from '../../support/sandbox.js';
import {
  connectTo,
  ended,
  fileSays,
  readInfos,
  securityFile,
  startController,
} from '../../support/stand-ins.js';

/** Ports that nobody has at this moment, and that no system gives to who asks for any. */
async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)));
  });
}

function isOpen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** The sandbox with more in the environment of what is started. */
function withEnv(sandbox: Sandbox, env: Readonly<Record<string, string>>): Sandbox {
  return { ...sandbox, env: { ...sandbox.env, ...env } };
}

test('a controller listens, names itself and its files, and logs as it is told', async () => {
  const sandbox = await openSandbox();
  const [a = 0, b = 0, c = 0] = await freePorts(3);
  const logs = join(sandbox.profileDir, 'log');
  const work = join(sandbox.folder, 'work');
  await Promise.all([logs, work].map((folder) => mkdir(folder, { recursive: true })));
  const old = ['ipcontroller-7.log', 'ipcontroller--8.log', 'ipcontroller-other-9.log'];
  for (const name of old) await writeFile(join(logs, name), '');

  const controller = await startPxcluster(
    sandbox,
    'controller',
    ...['--engine_ip=127.0.0.1', '--client_ip', '127.0.0.2', `--engine_ports=${a}`],
    ...[`--client_ports=${b}`, `--IPController.ports=${c}`, '--location=here'],
    ...['--TaskScheduler.scheme_name=lru', '--hwm=2', '--broadcast_scheduler_depth=2'],
    ...['--client_json_file=c.json', '--engine_json_file', 'e.json', '--ssh=gate'],
    ...['--enginessh=inner', '--ident=my-session', '--user=ada', '--ping=250'],
    ...['--log-to-file', '--clean-logs', '--log-level=DEBUG', '--work-dir', work],
  );
  await controller.says(/Sending logs to .*\/ipcontroller--\d+\.log\n/);
  const security = join(sandbox.profileDir, 'security');
  const engine = await startPxcluster(sandbox, 'engine', '--url_file_name=e.json', '--ssh=');
  await fileSays(join(security, 'c.json'), (text) => text !== '');
  const client = await connectTo(join(security, 'c.json'), 1);
  const texts = ['c.json', 'e.json'].map((name) => readFile(join(security, name), 'utf8'));
  const [ofClient, ofEngine] = (await Promise.all(texts)).map((text) => JSON.parse(text) as object);

  expect(ofEngine).toMatchObject({
    ...{ interface: 'tcp://127.0.0.1', location: 'here', ssh: 'inner' },
    ...{ registration: a, control: c, broadcast: Array(4).fill(expect.any(Number)) as unknown },
  });
  expect(ofClient).toMatchObject({
    ...{ interface: 'tcp://127.0.0.2', location: 'here', ssh: 'gate', task_scheme: 'lru' },
    ...{ registration: a, control: b },
  });
  expect(await Promise.all([isOpen('127.0.0.1', a), isOpen('127.0.0.2', a)])).toEqual([true, true]);
  expect(await Promise.all([isOpen('127.0.0.1', b), isOpen('127.0.0.2', b)])).toEqual([
    false,
    true,
  ]);
  const running = controller.child.pid;
  expect((await readdir(logs)).filter((name) => name.endsWith('.log')).sort()).toEqual([
    `ipcontroller--${running}.log`,
    'ipcontroller-other-9.log',
  ]);
  await fileSays(join(logs, `ipcontroller--${running}.log`), (text) =>
    text.includes('"message":"engine registered"'),
  );
  await expect(client.direct('all').execute('1 + 1')).resolves.toEqual([2]);
  await client.close();
  await ended(engine);
  expect(await ended(controller)).toBe(0);
  expect(await readdir(security)).toEqual([]);
  await sandbox.expectNothingLeft();
});

test('an engine has the id, the place and the variables that it is given, and says what failed', async () => {
  const sandbox = await openSandbox();
  const controller = await startController(sandbox);
  const work = join(sandbox.folder, 'work');
  await mkdir(work);
  const script = join(sandbox.folder, 'startup.ts');
  await writeFile(script, 'const base: number = 40;');
  const flags = [`--file=${securityFile(sandbox, 'engine')}`, `--work-dir=${work}`];

  const engine = await startPxcluster(
    sandbox,
    'engine',
    ...[...flags, '--IPEngine.id=7', '--ident=my-engine', '-s', script],
    ...['--c=const answer = base + 2;', '--location=127.0.0.1', '--log-to-file'],
  );
  const ranked = await startPxcluster(
    withEnv(sandbox, { OMPI_COMM_WORLD_RANK: '3', OMPI_COMM_WORLD_SIZE: '4' }),
    'engine',
    ...['--mpi', '-c', 'throw new Error("not today")'],
  );
  const client = await connectTo(securityFile(sandbox, 'client'), 2);

  expect(client.engines).toMatchObject([{ id: 3 }, { id: 7, uuid: 'my-engine' }]);
  await expect(client.direct(7).execute('[answer, process.cwd()]')).resolves.toEqual([42, work]);
  await ranked.says(/Error: not today/);
  await expect(client.direct(3).execute('1 + 1')).resolves.toBe(2);
  await engine.says(/Sending logs to .*\/ipengine--\d+\.log\n/);
  await client.close();
  expect([await ended(engine), await ended(ranked)]).toEqual([0, 0]);
  await ended(controller);
  await sandbox.expectNothingLeft();
});

test('--transport=ipc opens no TCP port', async () => {
  const sandbox = await openSandbox();
  const controller = await startController(
    sandbox,
    ...['--transport=ipc', `--ip=${join(sandbox.folder, 's')}`],
  );
  const engine = await startPxcluster(sandbox, 'engine');
  const client = await connectTo(securityFile(sandbox, 'client'), 1);

  const { client: info } = await readInfos(sandbox);
  expect(info.interface).toBe(`ipc://${join(sandbox.folder, 's')}`);
  await expect(client.direct(0).execute('6 * 7')).resolves.toBe(42);
  await client.close();
  await ended(engine);
  expect(await ended(controller)).toBe(0);
});

test('the key is that of the environment, of a file, or none', async () => {
  const sandbox = await openSandbox();
  const keyFile = join(sandbox.folder, 'key');
  await writeFile(keyFile, 'from a file\n');
  const keyOf = async (env: Record<string, string>, ...flags: string[]): Promise<string> => {
    const controller = await startController(withEnv(sandbox, env), ...flags);
    const { key } = (await readInfos(sandbox)).engine;
    await ended(controller);
    return key;
  };

  expect(await keyOf({ IPP_SESSION_KEY: 'from outside' })).toBe('from outside');
  expect(await keyOf({ IPP_SESSION_KEY: 'from outside' }, `--keyfile=${keyFile}`)).toBe(
    'from a file',
  );
  expect(await keyOf({}, '--no-secure')).toBe('');
});

test('with --nodb nothing is remembered of what has ended', async () => {
  const sandbox = await openSandbox();
  const controller = await startController(sandbox, '--nodb');
  const engine = await startPxcluster(sandbox, 'engine');
  const client = await connectTo(securityFile(sandbox, 'client'), 1);

  const call = { id: 'call-1', notebook: 'kernel-a', title: '1', cell: 'Cell [1]' };
  await client.direct(0).execute('1', { call });

  await expect(client.recordedCalls('kernel-a')).resolves.toEqual([]);
  await client.close();
  await ended(engine);
  await ended(controller);
});

test.each([
  [1, ['controller', '--ping=fast'], 'Expected --ping to be a number ≥ 0'],
  [1, ['controller', '--ip=203.0.113.7', '--quiet'], 'Cannot listen at tcp://203.0.113.7'],
  [1, ['controller', '--work-dir=/nowhere'], 'Could not work in /nowhere'],
  [1, ['controller', '--keyfile=/nowhere'], 'Could not read the key'],
  [1, ['engine', '--wait_for_url_file=0'], 'There is no connection file'],
  [1, ['engine', '--file=/nowhere', '--wait_for_url_file=0'], 'There is no connection file'],
  [1, ['engine', '--id=first'], 'Expected --id to be a number ≥ 0'],
])('exit code %i and one sentence: %j', async (code, args, sentence) => {
  const sandbox = await openSandbox();

  const finished = await pxcluster(sandbox, ...args);

  expect(finished.text).toContain(`pxcluster: ${sentence}`);
  expect(finished.text.trim().split('\n')).toHaveLength(1);
  expect(finished.code).toBe(code);
});

test('an engine gives up when no controller answers, and opens no SSH tunnel', async () => {
  const sandbox = await openSandbox();
  const controller = await startController(sandbox, '--reuse');
  controller.child.signal('SIGKILL');
  await controller.child.exited;

  const silent = await startPxcluster(sandbox, 'engine', '--timeout=0.3');
  const tunnelled = await pxcluster(sandbox, 'engine', '--ssh=gate');

  await silent.says(/No controller answered at tcp:.* within 0\.3 s/);
  expect((await silent.child.exited).code).toBe(255);
  expect(tunnelled).toMatchObject({
    code: 1,
    text: expect.stringContaining(
      'through the SSH server gate, and pxlab opens no SSH tunnels',
    ) as unknown,
  });
});
