import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StartedKernel, startKernel } from '../../support/jupyter-client.js';

/**
 * What Visual Studio Code's Jupyter extension sends to a kernel, in its order, without it: it speaks through
 * @jupyterlab/services, queues the cells of a notebook itself, and asks for completions on the shell channel
 * whatever runs there.
 */

let kernel: StartedKernel;

beforeAll(async () => {
  kernel = await startKernel();
});

afterAll(async () => {
  await kernel[Symbol.asyncDispose]();
});

/** It aborts the cells behind a failed one itself. */
const ofCell = { stop_on_error: false, allow_stdin: true, store_history: true };
/** What it runs for itself: not counted, outputs read. */
const hidden = { silent: false, stop_on_error: false, allow_stdin: true, store_history: false };

test('at the start it asks what the kernel is, more than once, and for widgets of an earlier window', async () => {
  const { client } = kernel;

  const [first, second, comms] = await Promise.all([
    client.request('kernel_info_request', {}),
    client.request('kernel_info_request', {}),
    client.request('comm_info_request', { target_name: 'jupyter.widget' }),
  ]);

  expect(first.reply).toMatchObject({
    status: 'ok',
    protocol_version: '5.4',
    language_info: { name: 'typescript', mimetype: 'text/typescript', file_extension: '.ts' },
    debugger: false,
  });
  expect(second.reply).toEqual(first.reply);
  expect(comms.reply).toEqual({ status: 'ok', comms: {} });
});

test('what it runs for itself shows its outputs and leaves the count of cells alone', async () => {
  const { client } = kernel;

  const asked = await client.execute('console.log(process.cwd())', hidden);
  const cell = await client.execute('let cell = 1;\ncell', ofCell);

  expect(asked.stdout).toBe(`${kernel.cwd}\n`);
  expect(cell.reply['execution_count']).toBe(1);
});

test('cells that were sent together run one after the other, past one that fails', async () => {
  const { client } = kernel;

  const answers = await Promise.all(
    ['cell += 1', 'throw new Error("stops nothing")', 'cell += 1'].map((code) =>
      client.execute(code, ofCell),
    ),
  );

  expect(answers.map(({ reply }) => reply['status'])).toEqual(['ok', 'error', 'ok']);
  expect(answers[2]?.result).toBe('3');
});

test('completions and hovers are answered while a cell awaits, and a question goes to its user', async () => {
  const { client } = kernel;
  client.onInput(() => 'Ada');

  const running = client.execute('console.log("waits");\nawait new Promise(() => {});', ofCell);
  await running.printed('waits');
  const code = 'cell.toFix';
  const completed = await client.request('complete_request', { code, cursor_pos: code.length });
  const hovered = await client.request('inspect_request', {
    ...{ code: 'cell', cursor_pos: 2, detail_level: 0 },
  });
  await client.interrupt();

  expect(completed.reply).toMatchObject({ matches: ['toFixed'], cursor_start: 5, cursor_end: 10 });
  expect(hovered.reply).toMatchObject({ found: true, data: { 'text/plain': 'let cell: number' } });
  expect((await running).error?.ename).toBe('Interrupted');
  const asked = await client.execute('(await input("name? ")).length', ofCell);
  expect(asked.result).toBe('3');
});

test('its debugger is told that there is none, at once', async () => {
  const { reply } = await kernel.client.control('debug_request', {
    ...{ type: 'request', command: 'debugInfo', seq: 1, arguments: {} },
  });

  expect(reply).toMatchObject({
    status: 'error',
    evalue: 'This kernel does not answer `debug_request`.',
  });
});

test('Stop comes as a message, and a signal besides does no harm', async () => {
  const running = kernel.client.execute('console.log("spins");\nfor (;;);', ofCell);
  await running.printed('spins');

  await kernel.client.interrupt();
  kernel.process.kill('SIGINT');

  expect((await running).error?.ename).toBe('Interrupted');
  expect((await kernel.client.execute('cell', ofCell)).result).toBe('3');
});

test('a window that closes shuts the kernel down', async () => {
  const exited = once(kernel.process, 'exit');

  const { reply } = await kernel.client.control('shutdown_request', { restart: false });

  expect(reply).toEqual({ status: 'ok', restart: false });
  expect((await exited)[0]).toBe(0);
});
