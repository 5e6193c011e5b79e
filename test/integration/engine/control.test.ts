import { expect, test } from 'vitest';
import { EngineBench } from './engines.js';

const spin = (ms: number): string =>
  `console.log("spins"); const end = Date.now() + ${ms}; while (Date.now() < end);`;

test('control answers and the heart beats while a cell spins', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const engine = bench.uuid(0);

  const spinning = client.execute(engine, { javascript: spin(3000) });
  await client.heard(spinning, ({ content }) => content['text'] === 'spins\n');
  const askedAt = performance.now();
  const info = await client.reply(
    client.request('control', engine, { type: 'kernel_info_request' }),
  );

  expect(performance.now() - askedAt).toBeLessThan(1000);
  expect(info.content).toMatchObject({ status: 'ok', implementation: 'pxlab' });
  const { reply } = await client.settled(spinning);
  expect(reply.content).toMatchObject({ status: 'ok' });
  expect(bench.controller.engines.size).toBe(1);
});

test('an abort drops what has not started, wherever it waits, and no more', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const engine = bench.uuid(0);

  const spinning = client.execute(engine, { javascript: spin(500) });
  await client.heard(spinning, ({ content }) => content['text'] === 'spins\n');
  const [dropped, kept] = ['"dropped"', '"kept"'].map((text) =>
    client.execute(engine, { javascript: `console.log(${text})` }),
  ) as [string, string];
  const content = { msg_ids: [dropped] };
  const aborted = await client.reply(
    client.request('control', engine, { type: 'abort_request', content }),
  );
  const [first, second, third] = [
    await client.settled(spinning),
    await client.settled(dropped),
    await client.settled(kept),
  ];

  expect(aborted.content).toEqual({ status: 'ok' });
  expect(first.reply.content).toMatchObject({ status: 'ok' });
  expect(second.reply.content).toEqual({ status: 'aborted' });
  expect(second.reply.metadata).toMatchObject({ status: 'aborted', engine });
  expect(second.outputs.map(({ header }) => header.msg_type)).toEqual(['status']);
  expect(third.reply.content).toMatchObject({ status: 'ok', execution_count: 2 });
});

test('an abort without ids drops all that was sent before it', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const engine = bench.uuid(0);

  const spinning = client.execute(engine, { javascript: spin(500) });
  await client.heard(spinning, ({ content }) => content['text'] === 'spins\n');
  const waiting = [1, 2, 3].map((n) => client.execute(engine, { javascript: `console.log(${n})` }));
  await client.reply(client.request('control', engine, { type: 'abort_request' }));
  const heard = await Promise.all(waiting.map((id) => client.settled(id)));
  const later = await client.settled(client.execute(engine, { javascript: '' }));

  expect(heard.map(({ reply }) => reply.content)).toEqual(Array(3).fill({ status: 'aborted' }));
  expect(later.reply.content).toMatchObject({ status: 'ok' });
});

const spins = 'exports.n++; console.log("spins");';
const shapes = {
  'a loop': `${spins} while (true) exports.n++`,
  'a loop after an await': `await null; ${spins} while (true) exports.n++`,
  'a loop in a timer': `setTimeout(() => { ${spins} while (true) exports.n++ }, 1); await new Promise(() => {})`,
  'a pending promise': `${spins} await new Promise(() => {})`,
  'an endless loop of awaits': `${spins} const c = __px.cell; for (;;) { exports.n++; __px.resume(c, await null) }`,
  'an endless loop of sleeps': `${spins} const c = __px.cell; for (;;) { exports.n++; __px.resume(c, await new Promise((go) => setTimeout(go, 1))) }`,
};

for (const [shape, javascript] of Object.entries(shapes)) {
  test(`an interrupt ends ${shape}, and the engine keeps its variables`, async () => {
    await using bench = await EngineBench.start(1);
    const { client } = bench;
    const engine = bench.uuid(0);
    await client.settled(client.execute(engine, { javascript: 'exports.n = 0', names: ['n'] }));

    const endless = client.execute(engine, { javascript });
    await client.heard(endless, ({ content }) => content['text'] === 'spins\n');
    const askedAt = performance.now();
    const content = { msg_ids: [endless] };
    const answer = await client.reply(
      client.request('control', engine, { type: 'interrupt_request', content }),
    );
    const { reply } = await client.settled(endless);
    const tookMs = performance.now() - askedAt;
    const next = await client.settled(
      client.execute(engine, { javascript: '__px.result(exports.n > 0)' }),
    );

    expect(answer.content).toEqual({ status: 'ok', pxlab: { outcome: 'stopped' } });
    expect(reply.content).toMatchObject({ status: 'error', ename: 'Interrupted' });
    expect(tookMs).toBeLessThan(1000);
    expect(next.outputs.at(-2)?.content).toMatchObject({ data: { 'text/plain': 'true' } });
  });
}

test('an interrupt that names another request ends nothing', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const engine = bench.uuid(0);

  const spinning = client.execute(engine, { javascript: spin(500) });
  await client.heard(spinning, ({ content }) => content['text'] === 'spins\n');
  const content = { msg_ids: ['another'] };
  const answer = await client.reply(
    client.request('control', engine, { type: 'interrupt_request', content }),
  );
  const { reply } = await client.settled(spinning);

  expect(answer.content).toEqual({ status: 'ok', pxlab: { outcome: 'idle' } });
  expect(reply.content).toMatchObject({ status: 'ok' });
});

test('SIGINT by request interrupts, signal 0 only asks, an unknown signal is an error', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const engine = bench.uuid(0);
  const signal = (sig: unknown) =>
    client.reply(client.request('control', engine, { type: 'signal_request', content: { sig } }));

  const endless = client.execute(engine, { javascript: 'console.log("spins"); while (true);' });
  await client.heard(endless, ({ content }) => content['text'] === 'spins\n');
  const probe = await signal(0);
  const unknown = await signal('SIGNOTHING');
  const interrupted = await signal(2);
  const { reply } = await client.settled(endless);

  expect(probe).toMatchObject({ header: { msg_type: 'signal_reply' }, content: { status: 'ok' } });
  expect(unknown.content).toMatchObject({ status: 'error' });
  expect(interrupted.content).toMatchObject({ status: 'ok', pxlab: { outcome: 'stopped' } });
  expect(reply.content).toMatchObject({ status: 'error' });
});

test('an idle engine is not disturbed by SIGINT', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const engine = bench.uuid(0);

  bench.engines[0]?.process.kill('SIGINT');
  const answer = await client.reply(
    client.request('control', engine, { type: 'interrupt_request' }),
  );
  const { reply } = await client.settled(client.execute(engine, { javascript: '' }));

  expect(answer.content).toMatchObject({ pxlab: { outcome: 'idle' } });
  expect(reply.content).toMatchObject({ status: 'ok' });
});

test('an engine that native code blocks says so, and goes on when it returns', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const engine = bench.uuid(0);

  const blocked = client.execute(engine, {
    javascript: 'console.log("spins"); require("node:child_process").execSync("sleep 4")',
  });
  await client.heard(blocked, ({ content }) => content['text'] === 'spins\n');
  const answer = await client.reply(
    client.request('control', engine, { type: 'interrupt_request' }),
  );
  const { reply } = await client.settled(blocked);

  expect(answer.content).toEqual({ status: 'ok', pxlab: { outcome: 'blocked' } });
  expect(reply.content).toMatchObject({ status: 'error' });
});
