import { expect, test } from 'vitest';
import {
  decodeValue,
  encodeValue,
  joinBuffers,
  splitBuffers,
} from '../../../lib/serialize/values.js';
import { digestOf } from '../../../lib/wire/buffers-digest.js';
import { withVariables } from '../../../lib/wire/declarations.js';
import { noDeclarations } from '../../../lib/wire/cell.js';
import { EngineBench, type ScriptedClient } from './engines.js';

function push(client: ScriptedClient, engine: string, values: Record<string, unknown>): string {
  const names = Object.keys(values);
  const buffers = joinBuffers(Object.values(values).map((value) => encodeValue(value)));
  const types = { noise: 'Float64Array' };
  const pxlab = { format: 1, method: 'push', names, types, buffersDigest: digestOf(buffers) };
  return client.request('mux', engine, { type: 'apply_request', metadata: { pxlab }, buffers });
}

function pull(client: ScriptedClient, engine: string, names: readonly string[]): string {
  const metadata = { pxlab: { format: 1, method: 'pull', names } };
  return client.request('mux', engine, { type: 'apply_request', metadata });
}

test('typed arrays go in, are seen by cells, and come out as they are', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const engine = bench.uuid(0);
  const noise = Float64Array.from({ length: 100_000 }, (_, index) => index / 3);

  const pushed = await client.settled(push(client, engine, { noise, label: 'µ' }));
  await client.settled(client.execute(engine, { javascript: 'exports.noise[0] = -1' }));
  const pulled = await client.settled(pull(client, engine, ['label', 'noise']));

  expect(pushed.reply.header.msg_type).toBe('apply_reply');
  expect(pushed.reply.metadata).toMatchObject({ status: 'ok' });
  const [label, array] = splitBuffers(pulled.reply.buffers).map(decodeValue);
  expect(label).toBe('µ');
  noise[0] = -1;
  expect(array).toEqual(noise);
});

test('a push with types changes what the engine declares, as its client foresees', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const engine = bench.uuid(0);
  const expected = withVariables(noDeclarations, { noise: 'Float64Array' });

  await client.settled(push(client, engine, { noise: new Float64Array(2) }));
  const { reply } = await client.settled(
    client.execute(engine, {
      javascript: '__px.result(exports.noise.length)',
      declarations: { base: expected.version, next: expected.version, text: expected.text },
    }),
  );

  expect(reply.content).toMatchObject({ status: 'ok' });
});

test('a variable that is not there is named', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;

  const { reply } = await client.settled(pull(client, bench.uuid(0), ['nothing']));

  expect(reply.content).toMatchObject({
    status: 'error',
    ename: 'NoSuchVariable',
    evalue: 'There is no variable `nothing` on this engine.',
    engine_info: { engine_id: 0, method: 'apply' },
  });
});

test('a Python function is answered in one sentence', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;

  const id = client.request('mux', bench.uuid(0), {
    type: 'apply_request',
    buffers: [Buffer.from('\x80\x04pickle')],
  });
  const { reply } = await client.settled(id);

  expect(reply.content).toMatchObject({
    status: 'error',
    evalue: expect.stringContaining('cannot call a Python function') as string,
  });
});

test('a clear forgets variables and declarations before the next cell', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const engine = bench.uuid(0);

  await client.settled(push(client, engine, { noise: 1 }));
  const busy = client.execute(engine, {
    javascript: 'await new Promise((go) => setTimeout(go, 100))',
  });
  const reply = await client.reply(client.request('control', engine, { type: 'clear_request' }));
  const after = client.execute(engine, {
    javascript: '__px.result([typeof exports.noise, typeof exports.px])',
    declarations: { base: '', next: '', text: '' },
    wantsValue: true,
  });
  await client.settled(busy);
  const heard = await client.settled(after);

  expect(reply.content).toEqual({ status: 'ok' });
  expect(decodeValue(heard.reply.buffers)).toEqual(['undefined', 'object']);
});
