import { expect, onTestFinished, test } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import type { AsyncResult } from '../../../lib/client/async-result.js';
import type { Client } from '../../../lib/client/client.js';
import { CompositeError } from '../../../lib/client/errors.js';
import type { HeartbeatOptions } from '../../../lib/controller/controller.js';
import { expectTold } from '../../support/told.js';
import { fastClock, Network } from './network.js';

const soon = { timeoutMs: 30_000 };

async function openNetwork(n: number, heartbeat: HeartbeatOptions = {}): Promise<Network> {
  const network = await Network.open(heartbeat);
  onTestFinished(() => network[Symbol.asyncDispose]());
  await network.addEngines(n);
  return network;
}

async function printed(result: AsyncResult<unknown>, text: string): Promise<void> {
  for await (const output of result.stream()) {
    if (output.type === 'stream' && output.text.includes(text)) return;
  }
  throw new Error(`'${text}' was not printed`);
}

/** Resolves when every engine has answered that many direct requests, as the controller sees it. */
async function completed(observer: Client, count: number): Promise<void> {
  const areDone = async (): Promise<boolean> =>
    (await observer.queueStatus()).engines.every((engine) => engine.completed >= count);
  if (!(await until(areDone, soon))) throw new Error('the engines did not end');
}

async function failureOf(result: PromiseLike<unknown>): Promise<Error & { code?: string }> {
  try {
    await result;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('it did not fail');
}

/** The errors of a call of several engines, or its one. */
async function failuresOf(result: PromiseLike<unknown>): Promise<(Error & { code?: string })[]> {
  const failure = await failureOf(result);
  return failure instanceof CompositeError ? [...failure.errors] : [failure];
}

const ticks = `console.log('begun');
  for (let tick = 0; tick < 40; tick++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    console.log('tick', tick);
  }
  'value of ' + px.id`;
const allTicks = `begun\n${Array.from({ length: 40 }, (_, tick) => `tick ${tick}\n`).join('')}`;

test('a client that is cut off for a while gets every result, and all that was printed meanwhile', async () => {
  const network = await openNetwork(2);
  const [client, observer] = [await network.connect(), await network.observe()];
  const running = client.direct('all').execute(ticks, { silent: false });
  const waiting = client.direct('all').execute('px.id * 10');
  await printed(running, 'tick 3\n');

  network.clientSide.cut();
  expect(await until(() => network.clientSide.isCutKnown, soon)).toBe(true);
  const whileCut = client.direct('all').execute('px.id * 100');
  const question = client.queueStatus();
  await completed(observer, 2);
  network.clientSide.heal();

  expect(await running).toEqual(['value of 0', 'value of 1']);
  expect(running.outputs.map(({ stdout }) => stdout)).toEqual([allTicks, allTicks]);
  expect(await waiting).toEqual([0, 10]);
  expect(await whileCut).toEqual([0, 100]);
  expect((await question).engines).toHaveLength(2);
  expect(await client.loadBalanced().execute('"balanced"')).toBe('balanced');
});

test('a client that comes back while its cells run follows them to their end', async () => {
  const network = await openNetwork(1);
  const client = await network.connect();
  const running = client.direct(0).execute(ticks, { silent: false });
  const task = client.loadBalanced().execute('"after it"');
  await printed(running, 'tick 3\n');

  for (let round = 0; round < 3; round++) {
    network.clientSide.cut();
    network.clientSide.heal();
    await client.queueStatus();
  }

  expect(await running).toBe('value of 0');
  expect(running.outputs[0]?.stdout).toBe(allTicks);
  expect(await task).toBe('after it');
});

test('an engine that ended while its client was cut off is told of as it ended', async () => {
  const network = await openNetwork(2, { reconnectMs: 500 });
  const [client, observer] = [await network.connect(), await network.observe()];
  const doomed = client.direct(0).execute("console.log('begun'); while (true);", { silent: false });
  await printed(doomed, 'begun');
  const pid = client.engines[0]?.pid ?? 0;

  network.clientSide.cut();
  process.kill(pid, 'SIGKILL');
  await until(() => observer.ids.length === 1, soon);
  network.clientSide.heal();

  const failure = await failureOf(doomed);
  expect(failure).toMatchObject({ code: 'ENGINE_LOST', engineId: 0 });
  expectTold('An engine far away is killed', failure.message);
  await until(() => client.ids.length === 1, soon);
  expect(client.ids).toEqual([1]);
});

test('a request that never arrived fails, and what must not be asked twice too', async () => {
  const network = await openNetwork(1);
  const client = await network.connect({ clock: fastClock(10) });

  network.clientSide.stall();
  const failures: Promise<Error>[] = [];
  for (const send of [
    () => client.direct(0).execute('2'),
    () => client.loadBalanced().execute('3'),
    () => client.clusterRequest({ action: 'start-engines', n: 1 }),
  ]) {
    const { heldBytes } = network.clientSide;
    failures.push(failureOf(send()));
    expect(await until(() => network.clientSide.heldBytes > heldBytes, soon)).toBe(true);
  }
  network.clientSide.cut();
  network.clientSide.heal();

  const [first, second, third] = await Promise.all(failures);
  expect(first).toMatchObject({ code: 'REQUEST_LOST' });
  expect(second).toMatchObject({ code: 'REQUEST_LOST' });
  expect(third).toMatchObject({ code: 'NOT_CONNECTED' });
  expectTold('The connection of a client is cut', first?.message ?? '');
  expectTold('The connection of a client is cut', third?.message ?? '');
  expect(await client.direct(0).execute('4')).toBe(4);
});

test('a client that stays cut off gives up with one sentence, and another finds its results', async () => {
  const network = await openNetwork(1);
  const client = await network.connect({ clock: fastClock(20) });
  const running = client.direct(0).execute(ticks, { silent: false });
  await printed(running, 'begun');

  network.clientSide.cut();

  const failure = await failureOf(running);
  expect(failure).toMatchObject({ code: 'NOT_CONNECTED' });
  expectTold('The connection of a client stays cut', failure.message);
  expect(client.isClosed).toBe(true);
  network.clientSide.heal();
  const next = await network.connect();
  const found = next.result(running.messageIds);
  expect(await found).toEqual(['value of 0']);
  expect(found.outputs[0]?.stdout).toBe(allTicks);
});

test('an engine that is cut off for a while is not given up, and runs what was sent meanwhile', async () => {
  const network = await openNetwork(2);
  const client = await network.connect();
  const running = client.direct('all').execute(ticks, { silent: false });
  await printed(running, 'tick 3\n');
  const lost: unknown[] = [];
  client.onEngineChange((change) => lost.push(change));

  network.engineSide.cut();
  expect(await until(() => network.engineSide.isCutKnown, soon)).toBe(true);
  const whileCut = client.direct('all').execute('px.id * 100');
  const task = client.loadBalanced().execute('"balanced"');
  expect(await until(() => lost.length > 0, { timeoutMs: 2500 })).toBe(false);
  network.engineSide.heal();

  expect(await running).toEqual(['value of 0', 'value of 1']);
  expect(await whileCut).toEqual([0, 100]);
  expect(await task).toBe('balanced');
  for (const { stdout } of running.outputs) expect(stdout).toMatch(/^begun\n[^]*tick 39\n$/);
  expect(lost).toEqual([]);
});

test('what was on its way when the connection of an engine broke fails, or is tried again', async () => {
  const network = await openNetwork(2);
  const client = await network.connect();
  await client.direct('all').execute('1');

  network.engineSide.stall();
  const direct = client.direct('all').execute('2');
  const task = client.loadBalanced().execute('3');
  const retried = client.loadBalanced({ retries: 1 }).execute('4');
  const failures = [failuresOf(direct), failuresOf(task)] as const;
  await until(async () => (await client.queueStatus()).unassigned === 0, soon);
  const haveAll = async (): Promise<boolean> =>
    (await client.queueStatus()).engines.every(({ queued, tasks }) => queued + tasks === 2);
  expect(await until(haveAll, soon)).toBe(true);
  network.engineSide.cut();
  network.engineSide.heal();

  const told = (await Promise.all(failures)).flat();
  expect(told.map(({ code }) => code)).toEqual(Array(3).fill('REQUEST_LOST'));
  for (const { message } of told) expectTold('The connection of an engine is cut', message);
  expect(await retried).toBe(4);
  expect(await client.direct('all').execute('5')).toEqual([5, 5]);
  expect((await client.queueStatus()).engines).toMatchObject([
    { queued: 0, tasks: 0 },
    { queued: 0, tasks: 0 },
  ]);
});

test('a network that lets nothing pass for a while delays, and loses nothing', async () => {
  const network = await openNetwork(2);
  const client = await network.connect();
  const running = client.direct('all').execute(ticks, { silent: false });
  await printed(running, 'tick 3\n');

  network.engineSide.stall();
  network.clientSide.stall();
  const whileStalled = client.direct('all').execute('px.id * 100');
  expect(await until(() => client.ids.length < 2, { timeoutMs: 2500 })).toBe(false);
  network.engineSide.heal();
  network.clientSide.heal();

  expect(await running).toEqual(['value of 0', 'value of 1']);
  expect(await whileStalled).toEqual([0, 100]);
  expect(running.outputs.map(({ stdout }) => stdout)).toEqual([allTicks, allTicks]);
  expect(client.ids).toEqual([0, 1]);
});

test('an engine out of reach for longer than it may be silent is lost, and ends when it comes back', async () => {
  const network = await openNetwork(2, { periodMs: 200, maxMissed: 5 });
  const client = await network.connect();
  const running = client.direct('all').execute(ticks, { silent: false });
  const haveBegun = (): boolean => running.outputs.every(({ stdout }) => stdout !== '');
  expect(await until(haveBegun, { timeoutMs: 20_000 })).toBe(true);
  const task = client.loadBalanced().execute('1');

  network.engineSide.stall();

  const failures = await failuresOf(running);
  expect(failures.map(({ code }) => code)).toEqual(['ENGINE_LOST', 'ENGINE_LOST']);
  for (const { message } of failures) {
    expectTold('The connection of an engine stays cut', message);
  }
  expect(await failureOf(task)).toMatchObject({ code: 'ENGINE_LOST' });
  expect(client.ids).toEqual([]);
  const ask = async (): Promise<unknown> => client.direct('all').execute('1');
  expectTold('An engine is killed', (await failureOf(ask())).message);
  network.engineSide.heal();
  expect(await network.exits).toEqual(Array(2).fill({ code: 0, signal: null }));
});
