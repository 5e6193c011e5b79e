import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { newCurveKeys } from '../../../lib/transport/socket.js';
import { EngineBench, textOf } from './engines.js';

test('an engine works over TCP behind CURVE', async () => {
  await using bench = await EngineBench.start(1, {
    tcp: { ip: '127.0.0.1', curve: newCurveKeys() },
  });
  const { client } = bench;

  const { reply, outputs } = await client.settled(
    client.execute(bench.uuid(0), { javascript: 'console.log("over tcp")' }),
  );

  expect(bench.controller.engineInfo.curve_serverkey).toHaveLength(40);
  expect(reply.content).toMatchObject({ status: 'ok' });
  expect(textOf(outputs, 'stdout')).toBe('over tcp\n');
});

test('an engine of another machine leaves when its controller is gone', async () => {
  await using bench = await EngineBench.start(0, { tcp: { ip: '127.0.0.1' } });
  const engine = bench.spawnWith({ hubLostMs: 500 });
  await bench.registered(1);

  await bench.controller.close();

  expect(await engine.exited).toEqual({ code: 0, signal: null });
});

test('cells and interrupts leave no descriptor open', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const engine = bench.uuid(0);
  const descriptors = (): number => readdirSync(`/proc/${bench.pid(0) ?? 0}/fd`).length;
  const work = async (): Promise<void> => {
    for (let round = 0; round < 20; round++) {
      await client.settled(client.execute(engine, { javascript: 'console.log(1)' }));
    }
    const endless = client.execute(engine, { javascript: 'console.log("spins"); while (true);' });
    await client.heard(endless, ({ content }) => content['text'] === 'spins\n');
    await client.reply(client.request('control', engine, { type: 'interrupt_request' }));
    await client.settled(endless);
  };
  await work();
  const before = descriptors();

  await work();
  await work();

  expect(descriptors()).toBe(before);
});
