import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../../../lib/base/logger.js';
import { Scope } from '../../../lib/base/scope.js';
import { Client, type ConnectOptions } from '../../../lib/client/client.js';
import { Controller } from '../../../lib/controller/controller.js';
import { newCurveKeys } from '../../../lib/transport/socket.js';

let scope: Scope;
let profileDir: string;

beforeEach(async () => {
  scope = new Scope();
  profileDir = await mkdtemp(join(tmpdir(), 'px-'));
  scope.onClose(() => rm(profileDir, { recursive: true, force: true }));
  await mkdir(join(profileDir, 'security'));
});
afterEach(() => scope.close());

interface Running {
  readonly controller: Controller;
  readonly clusterId: string;
  readonly stop: () => Promise<void>;
}

/** A controller with its file for clients. */
async function start(clusterId = '', how: 'ipc' | 'tcp' = 'ipc'): Promise<Running> {
  const ipcBase = `ipc://${profileDir}/s${clusterId}`;
  const controller = await Controller.start({
    ...(how === 'ipc' ? { ipcBase } : { tcp: { ip: '127.0.0.1', curve: newCurveKeys() } }),
    key: `key of ${clusterId}`,
    log: silentLogger,
  });
  scope.use(controller);
  await writeInfo(clusterId, controller.clientInfo);
  return { controller, clusterId, stop: () => controller.close() };
}

async function writeInfo(clusterId: string, info: object | string): Promise<string> {
  const prefix = clusterId === '' ? 'ipcontroller' : `ipcontroller-${clusterId}`;
  const path = join(profileDir, 'security', `${prefix}-client.json`);
  await writeFile(path, typeof info === 'string' ? info : JSON.stringify(info));
  return path;
}

async function connect(options: ConnectOptions = {}): Promise<Client> {
  return scope.use(await Client.connect({ profileDir, timeoutMs: 2000, ...options }));
}

async function failure(options: ConnectOptions = {}): Promise<{ code: string; message: string }> {
  try {
    await connect(options);
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('it connected');
}

describe('a cluster is found', () => {
  test('by its id, its file, or what the file says', async () => {
    const { controller } = await start('one');
    await start('two');
    const connectionFile = join(profileDir, 'security', 'ipcontroller-one-client.json');

    for (const choice of [
      { clusterId: 'one' },
      { connectionFile },
      { connectionInfo: controller.clientInfo },
    ]) {
      expect((await connect(choice)).isClosed).toBe(false);
    }
  });

  test('without a choice when it is the only one, or the one without an id', async () => {
    await start('only');
    expect((await connect()).connectionFile).toContain('ipcontroller-only-client.json');

    await start('');
    expect((await connect()).connectionFile).toContain('ipcontroller-client.json');
  });

  test('without a choice when all others ended', async () => {
    const { stop } = await start('ended');
    await stop();
    await start('alive');

    expect((await connect()).connectionFile).toContain('ipcontroller-alive-client.json');
  });

  test('over TCP with CURVE as well', async () => {
    await start('t', 'tcp');

    expect((await connect({ clusterId: 't' })).ids).toEqual([]);
  });

  test('within a few milliseconds', async () => {
    await start('quick');
    await connect({ clusterId: 'quick' });
    const startedMs = performance.now();
    await connect({ clusterId: 'quick' });

    // Generous, for a busy machine; a poll or a timer in the way would be seen.
    expect(performance.now() - startedMs).toBeLessThan(100);
  });
});

describe('what is in the way is told in a sentence', () => {
  test('no cluster at all', async () => {
    expect(await failure()).toMatchObject({
      code: 'CLUSTER_NOT_FOUND',
      message:
        `No cluster found: ${profileDir}/security has no ipcontroller-client.json, ` +
        'and no other cluster is there either. Start one with `pxcluster start -n 4`.',
    });
  });

  test('no folder either', async () => {
    expect(await failure({ profileDir: join(profileDir, 'none') })).toMatchObject({
      code: 'CLUSTER_NOT_FOUND',
    });
  });

  test('another id than those there are', async () => {
    await start('one');
    await start('two');

    const { code, message } = await failure({ clusterId: 'three' });
    expect(code).toBe('CLUSTER_NOT_FOUND');
    expect(message).toContain("there are 'one' and 'two'");
  });

  test('several clusters and no choice', async () => {
    await start('one');
    await start('two');

    expect(await failure()).toMatchObject({
      code: 'SEVERAL_CLUSTERS',
      message:
        "There are several clusters: 'one' and 'two'. " +
        "Say which one you mean, for instance Client.connect({ clusterId: 'one' }).",
    });
  });

  test('a file that is not there', async () => {
    expect(await failure({ connectionFile: '/nowhere/client.json' })).toMatchObject({
      code: 'CLUSTER_NOT_FOUND',
      message: expect.stringContaining(
        'There is no connection file /nowhere/client.json',
      ) as unknown,
    });
  });

  test.each([
    ['half a file', '{"interface": "tcp://127', 'it is not JSON'],
    ['a file without a port', '{"interface": "tcp://127.0.0.1", "registration": 1}', '`control`'],
  ])('%s', async (_, text, what) => {
    const path = await writeInfo('', text);

    const { code, message } = await failure();
    expect(code).toBe('CONNECTION_FILE');
    expect(message).toContain(`The connection file ${path} is damaged`);
    expect(message).toContain(what);
  });

  test.each(['ipc', 'tcp'] as const)('the file of a cluster that ended (%s)', async (how) => {
    const { controller, stop } = await start('dead', how);
    await stop();
    // Its TCP ports may be another's by now: these are nobody's.
    const ports = { registration: 2, control: 3, mux: 4, task: 5, iopub: 6, notification: 7 };
    if (how === 'tcp') await writeInfo('dead', { ...controller.clientInfo, ...ports });
    const startedMs = performance.now();

    expect(await failure({ clusterId: 'dead', timeoutMs: 10_000 })).toMatchObject({
      code: 'CLUSTER_NOT_RUNNING',
      message: expect.stringMatching(
        /does not run any more: nothing listens .*`pxcluster clean`/,
      ) as unknown,
    });
    expect(performance.now() - startedMs).toBeLessThan(2000);
  });

  test("a key that is not the cluster's", async () => {
    const { controller } = await start('keyed');
    await writeInfo('keyed', { ...controller.clientInfo, key: 'another' });
    const startedMs = performance.now();

    expect(await failure({ clusterId: 'keyed', timeoutMs: 10_000 })).toMatchObject({
      code: 'CONNECTION_REFUSED',
      message: expect.stringContaining('ipcontroller-keyed-client.json') as unknown,
    });
    expect(performance.now() - startedMs).toBeLessThan(2000);
  });

  test("a server key that is not the cluster's", async () => {
    const { controller } = await start('curve', 'tcp');
    await writeInfo('curve', {
      ...controller.clientInfo,
      curve_serverkey: newCurveKeys().publicKey,
    });

    expect((await failure({ clusterId: 'curve', timeoutMs: 1000 })).code).toMatch(
      /CONNECTION_REFUSED|CLUSTER_NOT_RUNNING/,
    );
  });

  test('a connection that takes too long, or is not wanted any more', async () => {
    await start('slow');
    const signal = AbortSignal.abort(new Error('changed my mind'));

    expect((await failure({ clusterId: 'slow', signal })).message).toBe('changed my mind');
  });
});
