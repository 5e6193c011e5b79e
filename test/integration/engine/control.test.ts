import { expect, test } from 'vitest';
import { EngineBench } from './engines.js';

const spinFor = (ms: number): string =>
  `console.log("spins"); const end = Date.now() + ${ms}; while (Date.now() < end);`;

test('control answers and the heart beats while a cell spins', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const engine = bench.uuid(0);

  const spinning = client.execute(engine, { javascript: spinFor(3000) });
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

  const spinning = client.execute(engine, { javascript: spinFor(500) });
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

  const spinning = client.execute(engine, { javascript: spinFor(500) });
  await client.heard(spinning, ({ content }) => content['text'] === 'spins\n');
  const waiting = [1, 2, 3].map((n) => client.execute(engine, { javascript: `console.log(${n})` }));
  await client.reply(client.request('control', engine, { type: 'abort_request' }));
  const heard = await Promise.all(waiting.map((id) => client.settled(id)));
  const later = await client.settled(client.execute(engine, { javascript: '' }));

  expect(heard.map(({ reply }) => reply.content)).toEqual(Array(3).fill({ status: 'aborted' }));
  expect(later.reply.content).toMatchObject({ status: 'ok' });
});

test('a request that is to be stopped before it arrives is stopped when it runs', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const engine = bench.uuid(0);
  const id = 'a-request-that-comes-late';

  const answer = await client.reply(
    client.request('control', engine, { type: 'interrupt_request', content: { msg_ids: [id] } }),
  );
  const { reply } = await client.settled(client.execute(engine, { id, javascript: 'for (;;) {}' }));

  expect(answer.content).toMatchObject({ pxlab: { outcome: 'idle' } });
  expect(reply.content).toMatchObject({ status: 'error', ename: 'Interrupted' });
});

const spins = 'exports.n++; console.log("spins");';
const spin = `${spins} while (true) exports.n++;`;
const never = 'await new Promise(() => {})';
const wasmLoop =
  '0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,7,5,1,1,102,0,0,10,9,1,7,0,3,64,12,0,11,11';
const shapes: Record<string, string> = {
  'a loop': spin,
  'a loop after an await': `await null; ${spin}`,
  'a loop in a timer': `setTimeout(() => { ${spin} }, 1); ${never}`,
  'a loop in an immediate': `setImmediate(() => { ${spin} }); ${never}`,
  'a loop in an interval': `setInterval(() => { ${spin} }, 1); ${never}`,
  'a loop in a callback of fs': `require('fs').readFile('/etc/hostname', () => { ${spin} }); ${never}`,
  'a loop in a listener': `await null; const e = new (require('events'))(); e.on('x', () => { ${spin} }); e.emit('x')`,
  'a loop in a tick': `process.nextTick(() => { ${spin} }); ${never}`,
  'a loop below try and catch': `await null; const f = (n) => { if (n) return f(n - 1); ${spin} }; try { f(500) } catch {}`,
  'a loop in a library': `await null; ${spins} for (;;) [3, 2, 1].sort((a, b) => a - b)`,
  'a loop in WebAssembly': `await null; ${spins} new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([${wasmLoop}]))).exports.f()`,
  'a pending promise': `${spins} ${never}`,
  'a loop of awaits': `${spins} const c = __px.cell; for (;;) { exports.n++; __px.resume(c, await null) }`,
  'a loop of awaits that nothing checks': `${spins} (async () => { for (;;) await null })(); ${never}`,
  'a loop of sleeps': `${spins} const c = __px.cell; for (;;) { exports.n++; __px.resume(c, await new Promise((go) => setTimeout(go, 1))) }`,
};

test('an interrupt ends cells of every shape, and the engines keep their variables', async () => {
  await using bench = await EngineBench.start(2);
  const { client } = bench;
  const engines = [bench.uuid(0), bench.uuid(1)];
  const reset = { javascript: 'exports.n = 0', names: ['n'] };

  for (const [shape, javascript] of Object.entries(shapes)) {
    await Promise.all(engines.map((engine) => client.settled(client.execute(engine, reset))));
    const endless = engines.map((engine) => client.execute(engine, { javascript }));
    for (const id of endless) {
      await client.heard(id, ({ content }) => content['text'] === 'spins\n');
    }
    const askedAt = performance.now();
    const answers = await Promise.all(
      engines.map((engine, index) =>
        client.reply(
          client.request('control', engine, {
            type: 'interrupt_request',
            content: { msg_ids: [endless[index]] },
          }),
        ),
      ),
    );
    const heard = await Promise.all(endless.map((id) => client.settled(id)));
    const tookMs = performance.now() - askedAt;
    const read = '__px.result(exports.n > 0)';
    const next = await Promise.all(
      engines.map((engine) => client.settled(client.execute(engine, { javascript: read }))),
    );

    for (const { content } of answers) {
      expect(content, shape).toEqual({ status: 'ok', pxlab: { outcome: 'stopped' } });
    }
    for (const { reply } of heard) {
      expect(reply.content, shape).toMatchObject({ status: 'error', ename: 'Interrupted' });
    }
    for (const { outputs } of next) {
      expect(outputs.at(-2)?.content, shape).toMatchObject({ data: { 'text/plain': 'true' } });
    }
    expect(tookMs, shape).toBeLessThan(1000);
  }
});

test('an interrupt that names another request ends nothing', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const engine = bench.uuid(0);

  const spinning = client.execute(engine, { javascript: spinFor(500) });
  await client.heard(spinning, ({ content }) => content['text'] === 'spins\n');
  const content = { msg_ids: ['another'] };
  const answer = await client.reply(
    client.request('control', engine, { type: 'interrupt_request', content }),
  );
  const { reply } = await client.settled(spinning);

  expect(answer.content).toEqual({ status: 'ok', pxlab: { outcome: 'idle' } });
  expect(reply.content).toMatchObject({ status: 'ok' });
});

test('an interrupt ends what an earlier cell left behind, when that blocks the engine', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const engine = bench.uuid(0);

  const ended = client.execute(engine, {
    javascript: 'setTimeout(() => { console.log("spins"); while (true); }, 20)',
  });
  await client.settled(ended);
  await client.heard(ended, ({ content }) => content['text'] === 'spins\n');
  const waiting = client.execute(engine, { javascript: '__px.result("ran")' });
  const answer = await client.reply(
    client.request('control', engine, { type: 'interrupt_request' }),
  );
  const { reply } = await client.settled(waiting);

  expect(answer.content).toEqual({ status: 'ok', pxlab: { outcome: 'stopped' } });
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

test('SIGUSR1 opens no debugger, in a cell that spins neither', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;
  const engine = bench.uuid(0);

  const spinning = client.execute(engine, {
    javascript:
      'console.log("spins"); const end = Date.now() + 1000; while (Date.now() < end);' +
      'console.log(require("node:inspector").url())',
  });
  await client.heard(spinning, ({ content }) => content['text'] === 'spins\n');
  const sent = await client.reply(
    client.request('control', engine, { type: 'signal_request', content: { sig: 'SIGUSR1' } }),
  );
  const { reply } = await client.settled(spinning);

  expect(sent.content).toMatchObject({ status: 'ok' });
  expect(reply.content).toMatchObject({ status: 'ok' });
  await client.heard(spinning, ({ content }) => content['text'] === 'undefined\n');
  expect(bench.engines[0]?.stderr()).toBe('');
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
