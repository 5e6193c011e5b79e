import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import {
  type JupyterClient,
  type StartedKernel,
  startKernel,
} from '../../support/jupyter-client.js';

let kernel: StartedKernel;

beforeAll(async () => {
  kernel = await startKernel();
});

afterAll(async () => {
  await kernel[Symbol.asyncDispose]();
});

/** Runs a cell that blocks the thread until the returned function is called. */
function block(name: string): () => Promise<void> {
  const gate = join(kernel.folder, name);
  const pending = kernel.client.execute(
    `import { existsSync } from 'node:fs';\nwhile (!existsSync(${JSON.stringify(gate)})) {}`,
  );
  return async () => {
    await writeFile(gate, '');
    await pending;
  };
}

test('the kernel says what it is', async () => {
  const { reply } = await kernel.client.request('kernel_info_request', {});

  expect(reply).toMatchObject({
    status: 'ok',
    implementation: 'pxlab',
    language_info: { name: 'typescript', mimetype: 'text/typescript', file_extension: '.ts' },
  });
});

test('control, heartbeat and history are answered while a cell blocks', async () => {
  const release = block('block-1');

  const { reply } = await kernel.client.control('kernel_info_request');
  expect(reply['status']).toBe('ok');
  expect(await kernel.client.beat('still there')).toBe('still there');
  const history = await kernel.client.request('history_request', {
    hist_access_type: 'tail',
    n: 1,
  });
  expect(JSON.stringify(history.reply['history'])).toContain('block-1');
  await release();
});

test('completion, inspection and completeness are answered while a cell blocks, with what it declares', async () => {
  const { client } = kernel;
  await client.execute('/** Where it is. */\nconst place = { latitude: 1 };');
  const blocked = client.execute(
    'const running = { longitude: 2 };\nconsole.log("blocks");\nwhile (true) {}',
  );
  await blocked.printed('blocks');
  const ask = (type: string, code: string) =>
    client.request(type, { code, cursor_pos: code.length, detail_level: 0 });

  const ofEarlier = await ask('complete_request', 'place.lat');
  const ofRunning = await ask('complete_request', 'running.lon');
  const ofMagics = await ask('complete_request', '%pxconf');
  const inspected = await ask('inspect_request', 'place');
  const isComplete = await ask('is_complete_request', 'function f() {');
  await client.interrupt();

  expect(ofEarlier.reply['matches']).toEqual(['latitude']);
  expect(ofRunning.reply['matches']).toEqual(['longitude']);
  expect(ofMagics.reply['matches']).toEqual(['%pxconfig']);
  expect(inspected.reply['data']).toMatchObject({
    'text/plain': expect.stringContaining('Where it is.') as string,
  });
  expect(isComplete.reply).toEqual({ status: 'incomplete', indent: '  ' });
  expect((await blocked).error?.ename).toBe('Interrupted');
  expect((await ask('complete_request', 'place.lat')).reply['matches']).toEqual(['latitude']);
});

test('completion is answered while the first cell of a kernel blocks', async () => {
  await using fresh = await startKernel();
  const blocked = fresh.client.execute(
    'const first = { only: 1 };\nconsole.log("blocks");\nwhile (true) {}',
  );
  await blocked.printed('blocks');

  const code = 'first.on';
  const { reply } = await fresh.client.request('complete_request', { code, cursor_pos: 8 });
  await fresh.client.interrupt();

  expect(reply['matches']).toEqual(['only']);
  expect((await blocked).error?.ename).toBe('Interrupted');
});

test('completion knows the types of earlier cells', async () => {
  await kernel.client.execute('const point = { abscissa: 1, ordinate: 2 };');

  const code = '"😀"; point.ab';
  const { reply } = await kernel.client.request('complete_request', { code, cursor_pos: 13 });

  expect(reply['matches']).toEqual(['abscissa']);
  expect([reply['cursor_start'], reply['cursor_end']]).toEqual([11, 13]);
});

test('inspection shows the type and the documentation', async () => {
  await kernel.client.execute('/** Doubles it. */\nfunction double(x: number) { return 2 * x; }');

  const { reply } = await kernel.client.request('inspect_request', {
    code: 'double(4)',
    cursor_pos: 3,
    detail_level: 0,
  });

  expect(reply).toMatchObject({ status: 'ok', found: true });
  const text = JSON.stringify(reply['data']);
  expect(text).toContain('function double(x: number): number');
  expect(text).toContain('Doubles it.');
});

test.each([
  ['1 + 1', 'complete'],
  ['function f() {', 'incomplete'],
  ['%%px\nfor (const x of [1]) {', 'incomplete'],
])('%j is %s', async (code, status) => {
  const { reply } = await kernel.client.request('is_complete_request', { code });

  expect(reply['status']).toBe(status);
});

test('a request that nobody knows is answered with a sentence', async () => {
  const { reply } = await kernel.client.request('fly_request', {});

  expect(reply).toMatchObject({
    status: 'error',
    evalue: 'This kernel does not answer `fly_request`.',
  });
});

test('unsigned and broken messages are dropped, and the next is answered', async () => {
  await kernel.client.sendRaw([Buffer.from('rubbish')]);
  await kernel.client.sendRaw(
    ['<IDS|MSG>', 'f'.repeat(64), '{}', '{}', '{}', '{}'].map((frame) => Buffer.from(frame)),
  );

  expect((await kernel.client.execute('2 + 2')).result).toBe('4');
});

test('a comm goes to its target in a cell and back', async () => {
  await kernel.client.execute(`comms.registerTarget('slider', (comm: any) => {
  comm.onMessage((data: any) => comm.send({ doubled: data.value * 2 }));
});`);

  kernel.client.post('comm_open', { comm_id: 'c1', target_name: 'slider', data: {} });
  kernel.client.post('comm_msg', { comm_id: 'c1', data: { value: 21 } });

  const answer = await kernel.client.stray('comm_msg');
  expect(answer.content).toEqual({ comm_id: 'c1', data: { doubled: 42 } });
  const { reply } = await kernel.client.request('comm_info_request', { target_name: 'slider' });
  expect(reply['comms']).toEqual({ c1: { target_name: 'slider' } });
});

test('a cell that awaits hears its comms', async () => {
  const { client } = kernel;
  await client.execute(`const moved = new Promise<number>((resolve) => {
  comms.registerTarget('knob', (comm) => comm.onMessage((data) => resolve(Number(data['value']))));
});`);
  client.post('comm_open', { comm_id: 'c3', target_name: 'knob', data: {} });
  const awaiting = client.execute("console.log('awaits');\nawait moved");
  await awaiting.printed('awaits');

  client.post('comm_msg', { comm_id: 'c3', data: { value: 7 } });

  expect((await awaiting).result).toBe('7');
});

test('a comm to an unknown target is closed', async () => {
  kernel.client.post('comm_open', { comm_id: 'c2', target_name: 'nobody', data: {} });

  const answer = await kernel.client.stray('comm_close');
  expect(answer.content).toMatchObject({ comm_id: 'c2' });
});

test('a cell asks its user for a line', async () => {
  kernel.client.onInput((prompt) => `${prompt}Ada`);

  const { result } = await kernel.client.execute("const name = await input('name? ');\nname");

  expect(result).toBe("'name? Ada'");
});

test('a cell that nobody can answer says so', async () => {
  const { error } = await kernel.client.execute("await input('name? ')", { allow_stdin: false });

  expect(error?.evalue).toContain('Nobody can be asked');
});

test('a front end that comes hears whether a cell runs', async () => {
  const states = (client: JupyterClient) =>
    client.strays
      .filter(({ header }) => header.msg_type === 'status')
      .map(({ content }) => content['execution_state']);

  const idle = await kernel.attach();
  expect(await until(() => states(idle).includes('idle'), { timeoutMs: 5000 })).toBe(true);
  const running = kernel.client.execute('await new Promise(() => {});');
  await running.started();
  const busy = await kernel.attach();

  expect(await until(() => states(busy).includes('busy'), { timeoutMs: 5000 })).toBe(true);
  await kernel.client.control('interrupt_request');
  expect((await running).error?.ename).toBe('Interrupted');
});
