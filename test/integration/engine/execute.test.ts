import { expect, test } from 'vitest';
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
