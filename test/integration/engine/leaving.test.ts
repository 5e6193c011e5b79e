import { expect, test } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import type { EngineChange } from '../../../lib/controller/controller.js';
import { EngineBench, spawnEngine, textOf } from './engines.js';

const soon = { timeoutMs: 5000, periodMs: 10 };

test('a shutdown is answered, told on iopub, and ends the process well', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const engine = bench.uuid(0);

  const id = client.request('control', engine, { type: 'shutdown_request' });
  const reply = await client.reply(id);
  await client.heard(id, ({ header }) => header.msg_type === 'shutdown_reply');

  expect(reply.content).toEqual({ status: 'ok', restart: false });
  expect(await bench.engines[0]?.exited).toEqual({ code: 0, signal: null });
  expect(bench.engines[0]?.stderr()).toBe('');
  expect(await until(() => bench.controller.engines.size === 0, soon)).toBe(true);
});

test('SIGTERM ends an idle engine well', async () => {
  await using bench = await EngineBench.start(1);

  bench.engines[0]?.process.kill('SIGTERM');

  expect(await bench.engines[0]?.exited).toEqual({ code: 0, signal: null });
  expect(await until(() => bench.controller.engines.size === 0, soon)).toBe(true);
});

test.each(['SIGTERM', 'a shutdown'])('%s ends an engine whose cell awaits', async (how) => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const engine = bench.uuid(0);

  const waiting = client.execute(engine, {
    javascript: 'console.log("waits"); await new Promise((resolve) => setTimeout(resolve, 1e6))',
  });
  await client.heard(waiting, ({ content }) => content['text'] === 'waits\n');
  if (how === 'SIGTERM') bench.engines[0]?.process.kill('SIGTERM');
  else client.request('control', engine, { type: 'shutdown_request' });

  expect(await bench.engines[0]?.exited).toEqual({ code: 0, signal: null });
});

test('a shutdown ends an engine whose cell spins', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const engine = bench.uuid(0);

  const endless = client.execute(engine, {
    javascript: 'console.log("spins"); await null; while (true);',
  });
  await client.heard(endless, ({ content }) => content['text'] === 'spins\n');
  client.request('control', engine, { type: 'shutdown_request' });

  expect(await bench.engines[0]?.exited).toEqual({ code: 0, signal: null });
});

test('a shutdown ends an engine that native code blocks, by force', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const engine = bench.uuid(0);

  const blocked = client.execute(engine, {
    javascript: 'console.log("spins"); require("node:child_process").execSync("sleep 6")',
  });
  await client.heard(blocked, ({ content }) => content['text'] === 'spins\n');
  client.request('control', engine, { type: 'shutdown_request' });

  expect(await bench.engines[0]?.exited).toEqual({ code: null, signal: 'SIGKILL' });
  expect(await until(() => bench.controller.engines.size === 0, soon)).toBe(true);
});

test('a shutdown ends an engine that an earlier cell’s timer blocks', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const engine = bench.uuid(0);

  const ended = client.execute(engine, {
    javascript: 'setTimeout(() => { console.log("spins"); while (true); }, 20)',
  });
  await client.heard(ended, ({ content }) => content['text'] === 'spins\n');
  client.request('control', engine, { type: 'shutdown_request' });

  expect(await bench.engines[0]?.exited).toEqual({ code: 0, signal: null });
});

for (const [how, javascript] of Object.entries({
  'at once': 'console.log("bye"); process.exit(3)',
  'after an await': 'console.log("bye"); await null; process.exit(3)',
  'in a timer':
    'console.log("bye"); setTimeout(() => process.exit(3), 1); await new Promise(() => {})',
})) {
  test(`process.exit() in a cell, ${how}, leaves by the door and tells the client`, async () => {
    await using bench = await EngineBench.start(1);
    const { client } = bench;

    const id = client.execute(bench.uuid(0), { javascript });
    const { reply, outputs } = await client.settled(id);

    expect(reply.content).toMatchObject({
      status: 'error',
      ename: 'EngineExited',
      evalue: expect.stringContaining('exit code 3') as string,
      engine_info: { engine_id: 0 },
    });
    expect(outputs.some(({ content }) => content['text'] === 'bye\n')).toBe(true);
    expect(await bench.engines[0]?.exited).toEqual({ code: 3, signal: null });
    expect(await until(() => bench.controller.engines.size === 0, soon)).toBe(true);
    expect(bench.engines[0]?.stderr()).toBe('');
  });
}

test('all that a cell printed before process.exit() arrives', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;

  const id = client.execute(bench.uuid(0), {
    javascript: 'for (let i = 0; i < 5000; i++) console.log(i); process.exit(0)',
  });
  const { outputs } = await client.settled(id);

  const expected = Array.from({ length: 5000 }, (_, index) => `${index}\n`).join('');
  expect(textOf(outputs, 'stdout')).toBe(expected);
  expect(await bench.engines[0]?.exited).toEqual({ code: 0, signal: null });
});

test('an engine leaves when its supervisor is gone', async () => {
  const bench = await EngineBench.start(2);
  const { client } = bench;
  const spinning = client.execute(bench.uuid(1), {
    javascript: 'console.log("spins"); while (true);',
  });
  await client.heard(spinning, ({ content }) => content['text'] === 'spins\n');

  bench.endLeases();

  const exits = await Promise.all(bench.engines.map((engine) => engine.exited));
  expect(exits).toEqual([
    { code: 0, signal: null },
    { code: 0, signal: null },
  ]);
  await bench[Symbol.asyncDispose]();
});

test('an engine that is killed is missed by the hub when its owner says so', async () => {
  await using bench = await EngineBench.start(2);
  const changes: EngineChange[] = [];
  bench.controller.onEngineChange((change) => changes.push(change));
  const uuid = bench.uuid(0);

  bench.engines.find(({ process }) => process.pid === bench.pid(0))?.process.kill('SIGKILL');
  await until(() => bench.lostLeases.includes(uuid), soon);
  bench.controller.engineLost(uuid, { how: 'killed', signal: 'SIGKILL' });

  expect(bench.lostLeases).toEqual([uuid]);
  expect(changes).toMatchObject([{ type: 'lost', death: { signal: 'SIGKILL' } }]);
  expect(bench.controller.engines.size).toBe(1);
});

test('an engine without a controller gives up with one sentence', async () => {
  await using bench = await EngineBench.start(0);
  const info = { ...bench.controller.engineInfo, key: 'another key' };

  const engine = spawnEngine({ IPP_CONNECTION_INFO: JSON.stringify(info) });

  expect(await engine.exited).toEqual({ code: 255, signal: null });
  expect(engine.stderr()).toMatch(/^No controller answered at ipc:\S+ within 5 s\. [^\n]*\n$/);
});

test('a damaged connection file is one sentence', async () => {
  const engine = spawnEngine({ IPP_CONNECTION_INFO: '{"interface": 1' });

  expect(await engine.exited).toEqual({ code: 255, signal: null });
  expect(engine.stderr()).toMatch(/^The connection file IPP_CONNECTION_INFO is damaged: [^\n]*\n$/);
});
