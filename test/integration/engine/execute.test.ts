import { expect, test } from 'vitest';
import { decodeValue } from '../../../lib/serialize/values.js';
import { digestOfCode } from '../../../lib/wire/buffers-digest.js';
import { EngineBench, textOf } from './engines.js';

test('four engines say hello: streams, result, reply, and idle last', async () => {
  await using bench = await EngineBench.start(4);
  const { client } = bench;

  const ids = [0, 1, 2, 3].map((id) =>
    client.execute(bench.uuid(id), {
      javascript: 'console.log("hello from", exports.px.id); __px.result(exports.px.id ** 2)',
    }),
  );
  const heard = await Promise.all(ids.map((id) => client.settled(id)));

  for (const [id, { reply, outputs }] of heard.entries()) {
    expect(reply.header.msg_type).toBe('execute_reply');
    expect(reply.content).toEqual({
      status: 'ok',
      execution_count: 1,
      user_expressions: {},
      payload: [],
    });
    expect(reply.metadata).toMatchObject({ engine: bench.uuid(id), status: 'ok', label: null });
    expect(outputs.map(({ header }) => header.msg_type)).toEqual([
      'status',
      'execute_input',
      'stream',
      'execute_result',
      'status',
    ]);
    expect(textOf(outputs, 'stdout')).toBe(`hello from ${id}\n`);
    expect(outputs[3]?.content).toMatchObject({ data: { 'text/plain': String(id ** 2) } });
  }
});

test('code of more than a MiB is refused when it is not what its sender signed, by one byte', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const [signed, altered] = [1, 2].map(
    (n) => `__px.result(${n}); /* ${'x'.repeat(2 * 1024 ** 2)} */`,
  );
  const whole = `(function (exports, require, __px) { "use strict"; ${signed} })`;
  const buffersDigest = digestOfCode([whole, '', ''].map((text) => Buffer.from(text)));
  const cell = { javascript: altered ?? '', code: '', buffersDigest };

  const refused = await client.settled(client.execute(bench.uuid(0), cell));

  expect(refused.reply.content).toMatchObject({ status: 'error', ename: 'ParallelError' });
});

test('code that its sender did not sign is refused before anything runs, and the engine goes on', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const engine = bench.uuid(0);
  const wrong = { javascript: 'globalThis.ran = true', buffersDigest: '0'.repeat(64) };

  const refused = await client.settled(client.execute(engine, wrong));
  const after = await client.settled(
    client.execute(engine, { javascript: '__px.result(typeof globalThis.ran)' }),
  );

  expect(refused.reply.content).toMatchObject({
    status: 'error',
    evalue: expect.stringContaining('refused the request before anything of it ran') as unknown,
  });
  expect(after.outputs.at(-2)?.content).toMatchObject({ data: { 'text/plain': "'undefined'" } });
});

test('px knows the rank of an engine among the targets of the cell, and their number', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const read = '__px.result(`${exports.px.rank}/${exports.px.size}`)';

  const alone = await client.settled(client.execute(bench.uuid(0), { javascript: read }));
  const grouped = await client.settled(
    client.execute(bench.uuid(0), { javascript: read, group: { rank: 2, size: 3 } }),
  );

  expect(alone.outputs.at(-2)?.content).toMatchObject({ data: { 'text/plain': "'0/1'" } });
  expect(grouped.outputs.at(-2)?.content).toMatchObject({ data: { 'text/plain': "'2/3'" } });
});

test('a silent cell prints, shows no input and no result, and is not counted', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;

  const id = client.execute(bench.uuid(0), {
    javascript: 'console.log("seen"); __px.result(1)',
    isSilent: true,
  });
  const { reply, outputs } = await client.settled(id);

  expect(outputs.map(({ header }) => header.msg_type)).toEqual(['status', 'stream', 'status']);
  expect(reply.content).toMatchObject({ status: 'ok', execution_count: 0 });
});

test('the value of a cell comes with its reply when it is asked for and can be sent', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const engine = bench.uuid(0);

  const array = client.execute(engine, {
    javascript: '__px.result(new Float64Array([1, 2, 3]))',
    wantsValue: true,
  });
  const code = client.execute(engine, {
    javascript: '__px.result(() => 1)',
    wantsValue: true,
  });
  const [value, none] = [await client.settled(array), await client.settled(code)];

  expect(value.reply.metadata['pxlab']).toEqual({ value: true });
  expect(decodeValue(value.reply.buffers)).toEqual(new Float64Array([1, 2, 3]));
  expect(none.reply.content).toMatchObject({ status: 'ok' });
  expect(none.reply.metadata['pxlab']).toBeUndefined();
  expect(none.reply.buffers).toEqual([]);
});

test('a value that cannot be shown is shown as such', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const hostile = `{ [Symbol.for('nodejs.util.inspect.custom')]() { throw new Error('no'); } }`;

  const { reply, outputs } = await client.settled(
    client.execute(bench.uuid(0), { javascript: `__px.result(${hostile})` }),
  );

  expect(reply.content).toMatchObject({ status: 'ok' });
  expect(outputs.at(-2)?.content).toMatchObject({
    data: { 'text/plain': '[object that cannot be shown: no]' },
  });
});

test('a value whose own display method throws leaves a good reply', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const hostile = `{ [Symbol.for('Jupyter.display')]() { throw new Error('no'); } }`;

  const { reply } = await client.settled(
    client.execute(bench.uuid(0), { javascript: `__px.result(${hostile})`, wantsValue: true }),
  );

  expect(reply.content).toMatchObject({ status: 'ok' });
});

test('an error carries its name, its message, the line of the cell and its engine', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;

  const id = client.execute(bench.uuid(0), {
    name: 'Cell [7]',
    code: 'const x = 1;\nnull.f();',
    javascript: '\nnull.f();',
  });
  const { reply, outputs } = await client.settled(id);

  const error = {
    ename: 'TypeError',
    evalue: "Cannot read properties of null (reading 'f')",
    traceback: expect.arrayContaining([expect.stringMatching(/Cell \[7\]:2:\d+/)]) as string[],
  };
  expect(reply.content).toMatchObject({
    status: 'error',
    ...error,
    engine_info: { engine_uuid: bench.uuid(0), engine_id: 0, method: 'execute' },
  });
  expect(reply.metadata).toMatchObject({
    status: 'error',
    engine_info: { engine_uuid: bench.uuid(0), engine_id: 0 },
  });
  expect(outputs.map(({ header }) => header.msg_type)).toEqual([
    'status',
    'execute_input',
    'error',
    'status',
  ]);
  expect(outputs[2]?.content).toMatchObject(error);
});

test('cells run one after the other, and see each other’s variables', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const engine = bench.uuid(0);

  const first = client.execute(engine, {
    javascript: 'exports.n = 1; await new Promise((go) => setTimeout(go, 50)); exports.n = 2;',
    names: ['n'],
  });
  const second = client.execute(engine, { javascript: '__px.result(exports.n)' });
  await client.settled(first);
  const { reply, outputs } = await client.settled(second);

  expect(outputs.at(-2)?.content).toMatchObject({ data: { 'text/plain': '2' } });
  expect(reply.content).toMatchObject({ execution_count: 2 });
});

test('what a cell leaves in the background prints under its own request', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const engine = bench.uuid(0);

  const first = client.execute(engine, {
    javascript:
      'exports.ticks = 0; exports.timer = setInterval(() => { console.log("tick"); exports.ticks++ }, 5)',
    names: ['ticks', 'timer'],
  });
  await client.settled(first);
  const second = client.execute(engine, {
    javascript:
      'console.log("second"); const c = __px.cell; while (exports.ticks < 3) __px.resume(c, await new Promise((go) => setTimeout(go, 5))); clearInterval(exports.timer); console.log("done")',
  });
  const { outputs } = await client.settled(second);

  expect(textOf(outputs, 'stdout')).toBe('second\ndone\n');
  expect(textOf(client.outputsOf(first), 'stdout')).toMatch(/^(tick\n){3,}$/);
});

test('plain TypeScript is compiled on the engine, and sees what other cells declared', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const engine = bench.uuid(0);
  const plain = (code: string) =>
    client.request('mux', engine, { type: 'execute_request', content: { code, silent: false } });

  await client.settled(plain('const half: number = 21;'));
  const { reply, outputs } = await client.settled(plain('half * 2'), 20_000);
  const broken = await client.settled(plain('const ='));

  expect(reply.content).toMatchObject({ status: 'ok' });
  expect(outputs.at(-2)?.content).toMatchObject({ data: { 'text/plain': '42' } });
  expect(broken.reply.content).toMatchObject({ status: 'error' });
});

test('a cell that was compiled against other variables is not run', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const engine = bench.uuid(0);
  const first = { version: 'v1', text: 'declare let n: number;\n' };

  await client.settled(
    client.execute(engine, {
      javascript: 'exports.n = 1; throw new Error("after the assignment")',
      names: ['n'],
      declarations: { base: '', next: first.version, text: first.text },
    }),
  );
  const stale = await client.settled(
    client.execute(engine, {
      javascript: 'exports.n = 99; console.log("ran")',
      declarations: { base: '', next: 'v2', text: '' },
    }),
  );
  const fitting = await client.settled(
    client.execute(engine, {
      javascript: '__px.result(exports.n)',
      declarations: { base: 'v1', next: 'v1', text: first.text },
    }),
  );

  expect(stale.reply.content).toMatchObject({ status: 'error', ename: 'DeclarationsDiffer' });
  expect(stale.reply.metadata['pxlab']).toEqual({ declarations: first });
  expect(textOf(stale.outputs, 'stdout')).toBe('');
  expect(fitting.outputs.at(-2)?.content).toMatchObject({ data: { 'text/plain': '1' } });
});

test('a request that engines do not know is answered, too', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;

  const id = client.request('mux', bench.uuid(0), { type: 'inspect_request' });
  const { reply } = await client.settled(id);

  expect(reply.header.msg_type).toBe('inspect_reply');
  expect(reply.content).toMatchObject({ status: 'error' });
});

test('a broadcast reaches every engine, and each answers for itself', async () => {
  await using bench = await EngineBench.start(2);
  const { client } = bench;

  const targets = [0, 1].map((id) => [bench.uuid(id), id]);
  const id = client.request('broadcast', undefined, {
    type: 'execute_request',
    content: { code: 'px.id', silent: false },
    metadata: { targets, is_broadcast: true, is_coalescing: false },
  });
  const heard = await Promise.all(
    [0, 1].map((engine) => client.settled(`${id}_${bench.uuid(engine)}`)),
  );

  for (const { reply } of heard) {
    expect(reply.metadata).toMatchObject({ is_broadcast: true, original_msg_id: id, status: 'ok' });
  }
});
