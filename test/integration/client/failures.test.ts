import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deferred } from '../../../lib/base/deferred.js';
import { messageOf } from '../../../lib/base/errors.js';
import { Scope } from '../../../lib/base/scope.js';
import { Client } from '../../../lib/client/client.js';
import type { EngineChange } from '../../../lib/client/engine-directory.js';
import type { ClientInfoFile } from '../../../lib/wire/connection-info.js';
import { expectTold } from '../../support/told.js';
import { EngineBench } from '../engine/engines.js';

let scope: Scope;
beforeEach(() => (scope = new Scope()));
afterEach(() => scope.close());

async function messageOfFailure(result: PromiseLike<unknown>): Promise<string> {
  return result.then(
    () => 'it did not fail',
    (error: unknown) => messageOf(error),
  );
}

async function connect(info: ClientInfoFile): Promise<Client> {
  return scope.use(await Client.connect({ connectionInfo: info }));
}

describe('an engine that dies', () => {
  /** Kills engine 0 with SIGKILL, and tells the controller as its supervisor does. */
  async function kill(bench: EngineBench): Promise<void> {
    const uuid = bench.uuid(0);
    const { pid } = bench.controller.engines.get(0)?.description ?? {};
    const engine = bench.engines.find((each) => each.process.pid === pid);
    engine?.process.kill('SIGKILL');
    await engine?.exited;
    bench.controller.engineLost(uuid, { how: 'killed', signal: 'SIGKILL' });
  }

  test('fails what ran and waited there with ENGINE_LOST, while others go on', async () => {
    await using bench = await EngineBench.start(2);
    await using client = await Client.connect({ connectionInfo: bench.controller.clientInfo });
    const gone = deferred<EngineChange>();
    client.onEngineChange((change) => gone.resolve(change));
    const both = client.direct().execute('console.log("last words"); while (px.id === 0); "fine"');
    const waiting = client.direct(0).execute('1');
    for await (const output of both.stream()) if (output.engineId === 0) break;

    await kill(bench);

    await expect(both).rejects.toMatchObject({ code: 'ENGINE_LOST', engineId: 0 });
    const told = await Promise.all([both, waiting].map(messageOfFailure));
    expect(told[0]).toContain('while it ran this');
    expectTold('An engine is killed', told[0] ?? '');
    expect(told[1]).toContain('before it finished this');
    expectTold('An engine is killed', told[1] ?? '');
    expect(both.partial()).toEqual([undefined, 'fine']);
    expect(both.outputs[0]).toMatchObject({
      stdout: 'last words\n',
      error: { name: 'EngineLostError' },
    });
    expect(both.tasks.map(({ status }) => status)).toEqual(['lost', 'ok']);
    expect(await gone.promise).toMatchObject({ type: 'engine-lost', engine: { id: 0 } });
    expect(client.ids).toEqual([1]);
    expect(await client.direct().execute('px.id')).toEqual([1]);
    expect(() => client.direct(0).execute('1')).toThrow('There is no engine 0. There is 1.');
  });

  test('ends a wait for more engines, and control requests', async () => {
    await using bench = await EngineBench.start(1);
    await using client = await Client.connect({ connectionInfo: bench.controller.clientInfo });
    const waiting = client.waitForEngines(2);

    const [outcome] = await Promise.all([
      waiting.then(
        () => 'came',
        (error: unknown) => error,
      ),
      kill(bench),
    ]);

    expect(outcome).toMatchObject({ code: 'ENGINE_LOST' });
  });

  test('is replaced in lazy views by one that comes', async () => {
    await using bench = await EngineBench.start(1);
    await using client = await Client.connect({ connectionInfo: bench.controller.clientInfo });
    const view = client.direct('all');
    expect(await view.execute('px.id')).toEqual([0]);
    bench.spawn();
    await client.waitForEngines(2);

    expect(await view.execute('px.id')).toEqual([0, 1]);
  });
});

describe('a controller that is gone', () => {
  async function startController(
    lease: 'lease' | 'none',
  ): Promise<{ child: ChildProcess; info: ClientInfoFile }> {
    const folder = await mkdtemp(join(tmpdir(), 'px-'));
    scope.onClose(() => rm(folder, { recursive: true, force: true }));
    const file = fileURLToPath(new URL('../../fixtures/client/controller.mjs', import.meta.url));
    const child = spawn(process.execPath, [file, folder, lease], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    scope.onClose(() => void child.kill('SIGKILL'));
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    return { child, info: JSON.parse(line) as ClientInfoFile };
  }

  test('is noticed at once by the lease', async () => {
    const { child, info } = await startController('lease');
    const client = await connect(info);
    const ended = deferred<Error>();
    client.onClose((reason) => ended.resolve(reason));
    const waiting = client.waitForEngines(1);
    const startedMs = performance.now();
    child.kill('SIGKILL');

    await expect(waiting).rejects.toMatchObject({ code: 'NOT_CONNECTED' });
    expect((await ended.promise).message).toContain('Its controller is gone.');
    expect(client.isClosed).toBe(true);
    expect(performance.now() - startedMs).toBeLessThan(1000);
  });

  test('is noticed within seconds by its sockets', async () => {
    const { child, info } = await startController('none');
    const client = await connect(info);
    const waiting = client.waitForEngines(1);
    child.kill('SIGKILL');

    const told = await messageOfFailure(waiting);
    expect(told).toContain('Its controller does not answer any more.');
    expectTold('The supervisor is killed', told);
    await expect(client.queueStatus()).rejects.toMatchObject({ code: 'NOT_CONNECTED' });
  });

  test('may say so itself', async () => {
    await using bench = await EngineBench.start(1);
    const client = await connect(bench.controller.clientInfo);
    const result = client.direct(0).execute('console.log(1); await new Promise(() => {})');
    for await (const output of result.stream()) if (output.type === 'stream') break;
    await client.shutdown({ hub: true });

    await expect(result).rejects.toThrow('The cluster was stopped.');
    expect(client.isClosed).toBe(true);
  });
});

test('engines are shut down by request', async () => {
  await using bench = await EngineBench.start(2);
  await using client = await Client.connect({ connectionInfo: bench.controller.clientInfo });
  const gone = deferred();
  client.onEngineChange(() => gone.resolve());
  await client.shutdown({ targets: [1] });
  await gone.promise;

  expect(client.ids).toEqual([0]);
  const { code } = await Promise.race(bench.engines.map((engine) => engine.exited));
  expect(code).toBe(0);
});
