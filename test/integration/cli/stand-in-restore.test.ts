import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newCurveKeys } from '../../../lib/transport/socket.js';
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

test('a controller that was killed finds its engines again with --restore, at the same ports', async () => {
  const sandbox = await openSandbox();
  const state = join(sandbox.profileDir, 'log', 'engines.json');
  const first = await startController(sandbox, '--restore');
  const engines = [await startPxcluster(sandbox, 'engine', '-c', 'const seed = 21;')];
  const before = await connectTo(securityFile(sandbox, 'client'), 1);
  const uuid = before.engines[0]?.uuid ?? '';
  await fileSays(state, (text) => text.includes(uuid));
  const file = await stat(securityFile(sandbox, 'engine'));

  first.child.signal('SIGKILL');
  await first.child.exited;
  const second = await startController(sandbox, '--restore');
  const client = await connectTo(securityFile(sandbox, 'client'), 1);

  expect(client.engines).toMatchObject([{ id: 0, uuid, language: 'typescript' }]);
  await expect(client.direct(0).execute('seed * 2')).resolves.toBe(42);
  await expect(client.loadBalanced().execute('seed * 2')).resolves.toBe(42);
  const { ino, mtimeMs } = file;
  expect(await stat(securityFile(sandbox, 'engine'))).toMatchObject({ ino, mtimeMs });

  engines.push(await startPxcluster(sandbox, 'engine'));
  await client.waitForEngines(2, { timeoutMs: 30_000 });
  expect(client.ids).toEqual([0, 1]);
  const saved = await fileSays(state, (text) => text.includes('"next_id":2'));
  expect(JSON.parse(saved)).toMatchObject({ engines: { 0: uuid }, next_id: 2 });

  // Asked to end, it leaves files and engines to the next one too.
  expect(await ended(second)).toBe(0);
  const third = await startController(sandbox, '--reuse', '--restore');
  const last = await connectTo(securityFile(sandbox, 'client'), 2);
  await expect(last.direct(0).execute('seed')).resolves.toBe(21);
  for (const engine of engines) expect(await ended(engine)).toBe(0);
  expect(await ended(third)).toBe(0);
  expect(await readdir(join(sandbox.profileDir, 'security'))).toEqual([
    'ipcontroller-client.json',
    'ipcontroller-engine.json',
  ]);
});

test('an engine that is gone is not restored, and its id is not given again', async () => {
  const sandbox = await openSandbox();
  const first = await startController(sandbox, '--restore');
  const gone = await startPxcluster(sandbox, 'engine');
  await connectTo(securityFile(sandbox, 'client'), 1);
  const state = join(sandbox.profileDir, 'log', 'engines.json');
  await fileSays(state, (text) => text.includes('"next_id":1'));
  first.child.signal('SIGKILL');
  gone.child.signal('SIGKILL');
  await Promise.all([first.child.exited, gone.child.exited]);

  const second = await startController(sandbox, '--restore');
  const engine = await startPxcluster(sandbox, 'engine');
  const client = await connectTo(securityFile(sandbox, 'client'), 1);

  expect(client.ids).toEqual([1]);
  await ended(engine);
  await ended(second);
});

test('connection files of a controller that was killed are taken over with --reuse', async () => {
  const sandbox = await openSandbox();
  const plain = await startController(sandbox);
  const infos = await readInfos(sandbox);
  plain.child.signal('SIGKILL');
  await plain.child.exited;

  const second = await startController(sandbox, '--reuse');
  const { client, engine } = await readInfos(sandbox);

  const { pxlab, ...before } = infos.engine;
  expect(pxlab).toMatchObject({ lease: expect.any(String) as string });
  expect(engine).toEqual({ ...before, pxlab: { version: pxlab?.version } });
  expect(client).toMatchObject({ key: before.key, mux: infos.client.mux });
  expect(await ended(second)).toBe(0);
});

test('without --reuse the connection files go at the end, and are new each time', async () => {
  const sandbox = await openSandbox();
  const first = await startController(sandbox);
  const { key } = (await readInfos(sandbox)).client;
  expect(await ended(first)).toBe(0);
  await sandbox.expectNothingLeft();

  const second = await startController(sandbox);

  expect((await readInfos(sandbox)).client.key).not.toBe(key);
  expect(await ended(second)).toBe(0);
});

test('an engine ends by itself when its controller does not come back', async () => {
  const sandbox = await openSandbox();
  const controller = await startController(sandbox, '--reuse');
  const engine = await startPxcluster(sandbox, 'engine', '--max_heartbeat_misses=4');
  await connectTo(securityFile(sandbox, 'client'), 1);

  controller.child.signal('SIGKILL');

  expect(await engine.child.exited).toEqual({ code: 0, signal: null });
});

const info = {
  ...{ interface: 'tcp://127.0.0.1', key: 'k', location: 'h', ssh: '', pack: 'json' },
  ...{ registration: 1, control: 2, mux: 3, task: 4, iopub: 5, curve_serverkey: null },
  ...{ hb_ping: 6, hb_pong: 7, broadcast: [8], notification: 9, task_scheme: 'leastload' },
};

async function leaveFiles(sandbox: Sandbox, files: Record<string, string>): Promise<void> {
  const { profileDir } = sandbox;
  for (const folder of ['security', 'log']) {
    await mkdir(join(profileDir, folder), { recursive: true });
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(profileDir, name), text);
}

test.each([
  ['damaged', { engine: '{' }, /ipcontroller-engine\.json is damaged: it is not JSON/],
  ['of different keys', { client: JSON.stringify({ ...info, key: 'other' }) }, /disagree in `key`/],
  [
    'of a controller with CurveZMQ',
    {
      engine: JSON.stringify({ ...info, curve_serverkey: 'x'.repeat(40) }),
      client: JSON.stringify({ ...info, curve_serverkey: 'x'.repeat(40) }),
    },
    /are of a controller with CurveZMQ: set IPP_ENABLE_CURVE=1/,
  ],
  ['beside a damaged list of engines', { state: '{"engines":3}' }, /engines\.json.* is damaged\. /],
])('connection files %s are refused in one sentence', async (_what, files, sentence) => {
  const sandbox = await openSandbox();
  const texts: { engine?: string; client?: string; state?: string } = files;
  await leaveFiles(sandbox, {
    'security/ipcontroller-engine.json': texts.engine ?? JSON.stringify(info),
    'security/ipcontroller-client.json': texts.client ?? JSON.stringify(info),
    'log/engines.json': texts.state ?? '{"engines":{},"next_id":0}',
  });
  const before = await readFile(securityFile(sandbox, 'client'), 'utf8');

  const { code, text } = await pxcluster(sandbox, 'controller', '--restore');

  expect({ code, lines: text.trim().split('\n').length }).toEqual({ code: 1, lines: 1 });
  expect(text).toMatch(sentence);
  expect(await readFile(securityFile(sandbox, 'client'), 'utf8')).toBe(before);
});

test('a controller with CurveZMQ comes back with the pair of keys that it was given', async () => {
  const plain = await openSandbox();
  const { publicKey, secretKey } = newCurveKeys();
  const sandbox = {
    ...plain,
    env: {
      ...plain.env,
      IPP_ENABLE_CURVE: '1',
      IPP_CURVE_PUBLICKEY: publicKey,
      IPP_CURVE_SECRETKEY: secretKey,
    },
  };
  const first = await startController(sandbox, '--restore');
  const engine = await startPxcluster(plain, 'engine');
  await connectTo(securityFile(sandbox, 'client'), 1);
  const state = join(sandbox.profileDir, 'log', 'engines.json');
  await fileSays(state, (text) => text.includes('"next_id":1'));
  first.child.signal('SIGKILL');
  await first.child.exited;

  const second = await startController(sandbox, '--restore');
  const client = await connectTo(securityFile(sandbox, 'client'), 1);

  expect((await readInfos(sandbox)).client.curve_serverkey).toBe(publicKey);
  await expect(client.direct(0).execute('6 * 7')).resolves.toBe(42);
  await ended(engine);
  await ended(second);
});
