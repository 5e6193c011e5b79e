import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import type { AsyncResult } from '../../../lib/client/async-result.js';
import { Client } from '../../../lib/client/client.js';
import type { CellRequest } from '../../../lib/client/requests.js';
import { ScriptedClient } from '../../support/scripted-client.js';
import { EngineBench } from '../engine/engines.js';

let bench: EngineBench;
let client: Client;
let other: Client;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pxlab-found-'));
  bench = await EngineBench.start(2);
  client = await Client.connect({ connectionInfo: bench.controller.clientInfo });
  other = await Client.connect({ connectionInfo: bench.controller.clientInfo });
});
afterAll(async () => {
  await Promise.all([client.close(), other.close()]);
  await bench[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Code that waits until {@link open} is called. */
function gate(name: string): string {
  const path = JSON.stringify(join(folder, name));
  return `{ const { existsSync } = await import('node:fs');
    while (!existsSync(${path})) await new Promise((resolve) => setTimeout(resolve, 5)); }`;
}

function open(name: string): void {
  writeFileSync(join(folder, name), '');
}

const shown = { silent: false } as const;

async function printed(result: AsyncResult<unknown>, text: string): Promise<void> {
  for await (const output of result.stream()) {
    if (output.type === 'stream' && output.text.includes(text)) return;
  }
  throw new Error(`'${text}' was not printed`);
}

test('what an ended cell showed is found in its order: text, displays and their updates, result', async () => {
  const code = `console.log('first');
    const shown = display('0 %', { id: 'bar' });
    console.error('second');
    shown.update('100 %');
    console.log('third');
    ({ answer: px.id })`;
  const result = client.direct('all').execute(code, shown);
  await result;

  const found = other.result(result.messageIds);

  expect(await found).toEqual([{ answer: 0 }, { answer: 1 }]);
  expect(found.outputs).toEqual(result.outputs);
  expect(found.outputs[1]).toMatchObject({ engineId: 1, stdout: 'first\nthird\n' });
  expect(found.outputs[1]?.displays).toHaveLength(1);
  expect(JSON.stringify(found.outputs[1]?.displays)).toContain('100 %');
  expect(found.outputs[1]?.result?.data['text/plain']).toBe('{ answer: 1 }');
  const types = async (from: AsyncResult<unknown>): Promise<string[]> => {
    const seen: string[] = [];
    for await (const { type, engineId } of from.stream()) if (engineId === 1) seen.push(type);
    return seen;
  };
  expect(await types(found)).toEqual(await types(result));
  expect(Math.abs(found.elapsedMs - result.elapsedMs)).toBeLessThan(1000);
});

test('errors are found with their stacks, shown once', async () => {
  const result = client.direct(1).execute("throw new RangeError('too far')", shown);
  await result.settled;

  const found = other.result(result.messageIds[0] ?? '');

  await expect(found).rejects.toMatchObject({ remoteName: 'RangeError', engineId: 1 });
  expect(found.outputs[0]?.error).toMatchObject({ name: 'RangeError', message: 'too far' });
  const types: string[] = [];
  for await (const { type } of found.stream()) types.push(type);
  expect(types).toEqual(['error']);
});

test('values in buffers are found', async () => {
  const result = client.direct(0).execute('new Float64Array([1, 2, 3])');
  await result;

  expect(await other.result(result.messageIds[0] ?? '')).toEqual(new Float64Array([1, 2, 3]));
});

test('a cell that runs is found with all its outputs from the first, none lost and none twice', async () => {
  const lines = 4000;
  const code = `for (let line = 0; line < ${lines}; line++) {
    console.log('line ' + line);
    if (line % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }`;
  const result = client.direct('all').execute(code, shown);
  await printed(result, 'line 0\n');

  const late: Client[] = [];
  const found: AsyncResult<unknown>[] = [];
  while (!result.done && late.length < 8) {
    const next = await Client.connect({ connectionInfo: bench.controller.clientInfo });
    late.push(next);
    found.push(next.result(result.messageIds));
  }
  await Promise.all(found.map((each) => each.settled));
  await Promise.all(late.map((each) => each.close()));

  const all = Array.from({ length: lines }, (_, line) => `line ${line}\n`).join('');
  expect(found.length).toBeGreaterThan(0);
  for (const { outputs } of found) expect(outputs.map(({ stdout }) => stdout)).toEqual([all, all]);
});

test('a cell that runs is shown as running, on its engine, with what it showed until now', async () => {
  const result = client.direct(1).execute(`console.log('begun'); ${gate('show')}; 'end'`, shown);
  const waiting = client.direct(1).execute('2');
  await printed(result, 'begun');

  const found = other.result([...result.messageIds, ...waiting.messageIds]);
  await printed(found, 'begun');
  await until(() => found.tasks[1]?.engineId !== undefined, { timeoutMs: 5000 });

  expect(found.tasks).toMatchObject([
    { engineId: 1, status: 'running' },
    { engineId: 1, status: 'queued' },
  ]);
  open('show');
  expect(await found).toEqual(['end', 2]);
});

test('a cell found while it runs can be cancelled', async () => {
  const result = client.direct(0).execute("console.log('spins'); for (;;);", shown);
  await printed(result, 'spins');
  const found = other.result(result.messageIds[0] ?? '');
  await printed(found, 'spins');

  await found.cancel();

  await expect(found).rejects.toMatchObject({ code: 'ABORTED' });
});

test('what a timer prints after the end of its cell is in the outputs of that cell', async () => {
  const code = `setTimeout(() => console.log('late'), 30); 'value'`;
  const result = client.direct(0).execute(code, shown);
  expect(await result).toBe('value');
  const { stdout: atOnce } = result.outputs[0] ?? {};
  expect(atOnce).toBe('');

  await until(() => result.outputs[0]?.stdout === 'late\n', { timeoutMs: 5000 });

  const found = other.result(result.messageIds[0] ?? '');
  await found;
  expect(found.outputs[0]?.stdout).toBe('late\n');
});

test('what ended cells print late is shown as long as another engine of the call runs', async () => {
  const code = `if (px.id === 0) setTimeout(() => console.log('late of 0'), 30);
    else ${gate('late')};`;
  const result = client.direct('all').execute(code, shown);

  await printed(result, 'late of 0');
  expect(result.tasks).toMatchObject([{ status: 'ok' }, {}]);
  open('late');
  await result;
});

test('a result whose record is gone is one sentence', async () => {
  const result = client.direct(0).execute('1');
  await result;
  const [id = ''] = result.messageIds;
  await purge(id);

  await expect(other.result(id)).rejects.toMatchObject({
    code: 'BAD_ARGUMENT',
    message: expect.stringMatching(/^The cluster knows no request [^ ]+: .*purged\.$/) as unknown,
  });
});

test('a call is found with its parts in the order of the engines; a part whose record is gone says so', async () => {
  const result = client.direct([1, 0]).executeCell(cellOf('__px.result(7)'), {
    call: { id: 'call-1', notebook: 'kernel-a', title: '7' },
  });
  await result;
  await client.direct(0).executeCell(cellOf('0'), { call: { id: 'call-2', notebook: 'kernel-b' } });
  await purge(result.messageIds[0] ?? '');

  const calls = await other.recordedCalls('kernel-a');

  const messageIds = [undefined, result.messageIds[1]];
  expect(calls).toMatchObject([{ id: 'call-1', cell: 'Cell [1]', title: '7', messageIds }]);
  const [call] = calls;
  if (call === undefined) throw new Error('the call was not found');
  const { result: found, isLoaded } = other.recall(call, 1000);
  await isLoaded;
  expect(await found.settled).toMatchObject([
    { status: 'rejected', reason: { message: expect.stringContaining('was dropped') as unknown } },
    { status: 'fulfilled', engineId: 0, value: 7 },
  ]);
});

test('of many outputs the last ones that were asked for are found, and the rest is counted', async () => {
  const code = "for (let line = 0; line < 1000; line++) console.error('x'.repeat(90) + line);";
  const call = { id: 'call-3', notebook: 'kernel-c' };
  await client.direct(0).executeCell(cellOf(code), { call });

  const [recorded] = await other.recordedCalls('kernel-c');
  if (recorded === undefined) throw new Error('the call was not found');
  const { result, isLoaded } = other.recall(recorded, 70_000);
  await isLoaded;

  const [output] = result.outputs;
  expect(output?.stderr).toMatch(/x999\n$/);
  expect(output?.stderr.length).toBeLessThan(70_000);
  expect(output?.cutCount).toBeGreaterThan(0);
});

test('a request whose engine dies has failed for whoever follows it, and for whoever finds it later', async () => {
  const engine = bench.spawn();
  await bench.registered(3);
  await Promise.all([client, other].map((each) => each.waitForEngines(3, { timeoutMs: 5000 })));
  const result = client.direct(2).execute("console.log('last words'); for (;;);", shown);
  await printed(result, 'last words');
  const [id = ''] = result.messageIds;
  const followed = other.result(id);
  await printed(followed, 'last words');

  engine.process.kill('SIGKILL');

  await expect(followed).rejects.toMatchObject({ code: 'ENGINE_LOST', engineId: 2 });
  const later = other.result(id);
  await expect(later).rejects.toMatchObject({ code: 'ENGINE_LOST', engineId: 2 });
  expect(later.outputs[0]?.stdout).toBe('last words\n');
  expect(later.tasks[0]?.status).toBe('lost');
});

function cellOf(javascript: string): CellRequest {
  return {
    code: javascript,
    cell: {
      format: 1,
      language: 'typescript',
      name: 'Cell [1]',
      javascript: `(function (exports, require, __px) { "use strict"; ${javascript} })`,
      sourceMap: '',
      isAsync: false,
      names: [],
      resolveFrom: process.cwd(),
    },
    wantsValue: true,
  };
}

async function purge(id: string): Promise<void> {
  const info = bench.controller.clientInfo;
  const route = { base: info.interface, key: info.key, curveServerKey: undefined };
  await using asker = new ScriptedClient(info, route);
  await asker.ask('registration', { type: 'purge_request', content: { msg_ids: [id] } });
}
