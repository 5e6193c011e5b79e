// In one file, though long: all of it shares the controller and the engines that `beforeAll`
// starts, which take longer than the tests.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deferred } from '../../../lib/base/deferred.js';
import { Client } from '../../../lib/client/client.js';
import type { Output } from '../../../lib/client/outputs.js';
import type { CellRequest } from '../../../lib/client/requests.js';
import { EngineBench } from '../engine/engines.js';

let bench: EngineBench;
let client: Client;

beforeAll(async () => {
  bench = await EngineBench.start(3);
  client = await Client.connect({ connectionInfo: bench.controller.clientInfo });
});
afterAll(async () => {
  await client.close();
  await bench[Symbol.asyncDispose]();
});

async function errorOf(promise: PromiseLike<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error,
  );
}

async function outputsUntil(
  outputs: AsyncIterable<Output>,
  text: string,
): Promise<readonly Output[]> {
  const seen: Output[] = [];
  for await (const output of outputs) {
    seen.push(output);
    if (output.type === 'stream' && output.text.includes(text)) break;
  }
  return seen;
}

describe('a client', () => {
  test('knows the engines when it is connected', () => {
    expect(client.ids).toEqual([0, 1, 2]);
    expect(client.engines[0]).toMatchObject({
      id: 0,
      uuid: bench.uuid(0),
      language: 'typescript',
    });
    expect(client.engines.map(({ pid }) => pid).sort()).toEqual(
      bench.engines.map((engine) => engine.process.pid).sort(),
    );
  });

  test('misses no output of its first request', async () => {
    await using fresh = await Client.connect({ connectionInfo: bench.controller.clientInfo });
    const result = fresh.direct('all').execute('console.log(px.id)');
    await result;

    expect(result.outputs.map(({ stdout }) => stdout)).toEqual(['0\n', '1\n', '2\n']);
  });

  test('tells the queues', async () => {
    const { engines, unassigned } = await client.queueStatus();

    expect(engines.map(({ engineId }) => engineId)).toEqual([0, 1, 2]);
    expect(unassigned).toBe(0);
  });

  test('clears the variables of the engines it is told', async () => {
    await client.direct('all').push({ cleared: 1 });
    await client.clear([1]);

    const missing = await errorOf(client.direct('all').pull('cleared'));
    expect(missing).toMatchObject({ code: 'NO_SUCH_VARIABLE', engineIds: [1] });
  });

  test('waits for engines no longer than it may', async () => {
    await expect(client.waitForEngines(3)).resolves.toHaveLength(3);
    await expect(client.waitForEngines(4, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('Only 3 of 4 engines came') as unknown,
    });
    await expect(
      client.waitForEngines(4, { signal: AbortSignal.abort(new Error('no')) }),
    ).rejects.toThrow('no');
  });

  test('refuses a cluster request that nobody answers, in the words of the controller', async () => {
    await expect(client.clusterRequest({ action: 'status' })).rejects.toMatchObject({
      message: expect.stringContaining('The controller refused') as unknown,
    });
  });
});

describe('execute', () => {
  test('gives one value of one engine, a list of several, in the order of the targets', async () => {
    expect(await client.direct(1).execute('px.id * 2')).toBe(2);
    expect(await client.direct([2, 0]).execute('px.id')).toEqual([2, 0]);
    expect(await client.direct().execute('px.id')).toEqual([0, 1, 2]);
    expect(await client.direct('-1').execute('px.id')).toEqual([2]);
    expect(await client.direct(({ id }) => id > 0).execute('[px.rank, px.size]')).toEqual([
      [0, 2],
      [1, 2],
    ]);
  });

  test('keeps what it declares on the engine, TypeScript as well', async () => {
    const view = client.direct(0);
    await view.execute('interface Point { x: number }; let kept: Point = { x: 1 };');
    await view.execute('kept.x += 41');

    expect(await view.execute('kept.x')).toBe(42);
  });

  test('is not silent when it writes past JavaScript', async () => {
    for (let round = 0; round < 20; round++) {
      const result = client.direct(0).execute(`
        const { writeSync } = await import('node:fs');
        writeSync(1, 'line ${round}\\n');`);
      await result;

      expect(result.outputs.map(({ stdout }) => stdout)).toEqual([`line ${round}\n`]);
    }
  });

  test('gives back a value of 100 MB', async () => {
    const value = await client.direct(0).execute<Float64Array>('new Float64Array(12_500_000)');

    expect(value.byteLength).toBe(100_000_000);
  });

  test('awaits at the top level', async () => {
    expect(await client.direct(0).execute('await Promise.resolve(5)')).toBe(5);
  });

  test('refuses what is no source text', () => {
    expect(() => client.direct(0).execute(5 as never)).toThrow(
      'Expected `code` to be source text, got 5.',
    );
  });

  test('gives undefined for a value that cannot travel', async () => {
    expect(await client.direct(0).execute('() => 1')).toBeUndefined();
    expect(await client.direct(0).execute('let nothing = 1')).toBeUndefined();
  });

  test('reaches an engine in the order of the calls, though the first has to be compiled', async () => {
    await using fresh = await Client.connect({ connectionInfo: bench.controller.clientInfo });
    const view = fresh.direct(0);
    void view.execute('let order: string = "executed"'); // its end is that of what follows
    const pushed = view.push({ order: 'pushed' });
    await pushed;

    expect(await view.pull('order')).toBe('pushed');
  });

  test('runs a file, and says when there is none', async () => {
    const file = new URL('../../fixtures/client/sum.ts', import.meta.url).pathname;

    expect(await client.direct(0).run(file)).toBe(6);
    await expect(client.direct(0).run('/nowhere/at-all.ts')).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
      message: 'Cannot run /nowhere/at-all.ts: there is no such file.',
    });
  });

  test('fails with the error of the engine, its lines those of the source', async () => {
    const error = await errorOf(client.direct(1).execute('1;\nthrow new RangeError("too far")'));

    expect(error).toMatchObject({
      code: 'REMOTE',
      engineId: 1,
      remoteName: 'RangeError',
      message: '[engine 1] RangeError: too far',
      stack: expect.stringMatching(/at <execute \d+>:2:7/) as unknown,
    });
  });

  test('fails with one error for several engines', async () => {
    const error = await errorOf(
      client.direct().execute('if (px.id > 0) throw new Error(`no ${px.id}`)'),
    );

    expect(error).toMatchObject({
      code: 'COMPOSITE',
      message: '2 of 3 engines failed; the first: [engine 1] Error: no 1',
    });
  });

  test('fails for what does not parse, with the place, and sends nothing', async () => {
    const result = client.direct().execute('let x = ;');

    await expect(result).rejects.toMatchObject({ code: 'COMPILE' });
    await expect(result).rejects.toThrow('let x = ;');
  });

  test('refuses engines that are not there before anything is sent', () => {
    expect(() => client.direct(9).execute('1')).toThrow(
      'There is no engine 9. There are 0, 1 and 2.',
    );
    expect(() => client.direct('0:4x')).toThrow("got '0:4x'");
    expect(() => client.direct(() => false).execute('1')).toThrow(
      expect.objectContaining({ code: 'NO_ENGINES' }),
    );
  });
});

describe('outputs', () => {
  test('are complete when the value is there', async () => {
    const result = client
      .direct()
      .execute('for (let i = 0; i < 1000; i++) console.log(`line ${i}`)');
    await result;

    const expected = Array.from({ length: 1000 }, (_, index) => `line ${index}\n`).join('');
    expect(result.outputs.map(({ stdout }) => stdout)).toEqual([expected, expected, expected]);
  });

  test('of children are complete when the value is there, also of the first one', async () => {
    const view = client.direct(2);
    const code = `import { execSync } from 'node:child_process'; execSync('echo from a child', { stdio: 'inherit' }); 1`;
    const [first, second] = [view.execute(code), view.execute(code)];
    await Promise.all([first, second]);

    expect([...first.outputs, ...second.outputs].map(({ stdout }) => stdout)).toEqual([
      'from a child\n',
      'from a child\n',
    ]);
  });

  test('come while the engine still runs', async () => {
    const gate = `globalThis.gate = Promise.withResolvers?.() ?? (() => { let resolve; const promise = new Promise((r) => (resolve = r)); return { promise, resolve }; })()`;
    const view = client.direct(0);
    await view.execute(gate);
    const result = view.execute('console.log("begun"); await globalThis.gate.promise; 7');

    const seen = await outputsUntil(result.stream(), 'begun');
    expect(seen).toMatchObject([{ type: 'stream', name: 'stdout', engineId: 0 }]);
    expect(result.done).toBe(false);
    expect(result.tasks[0]?.status).toBe('running');

    await result.cancel();
    await expect(result).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test('are replayed to a listener that comes after the end', async () => {
    const result = client
      .direct(0)
      .execute('console.log("a"); console.error("b"); display({ c: 1 }); 5', { silent: false });
    await result;
    const types: string[] = [];
    for await (const output of result.stream()) types.push(output.type);

    expect(types).toEqual(['stream', 'stream', 'display', 'result']);
    expect(result.outputs[0]).toMatchObject({
      stdout: 'a\n',
      stderr: 'b\n',
      result: { data: { 'text/plain': '5' } },
      cutCount: 0,
    });
  });
});

describe('push and pull', () => {
  test('bring values there and back as they are', async () => {
    const values = {
      text: 'ä',
      map: new Map([[1, { deep: [NaN, -0] }]]),
      when: new Date(5),
      large: new Float64Array(10_000).fill(0.5),
      none: undefined,
    };
    await client.direct([0, 1]).push(values);

    const names = Object.keys(values);
    expect(await client.direct(1).pull(names)).toEqual(Object.values(values));
    expect(await client.direct([0, 1]).pull('text')).toEqual(['ä', 'ä']);
  });

  test('say which engines lack a variable', async () => {
    await client.direct(0).push({ only: 1 });

    await expect(client.direct().pull('only')).rejects.toMatchObject({
      code: 'NO_SUCH_VARIABLE',
      engineIds: [1, 2],
    });
  });

  test('refuse a value that cannot be sent before anything is sent', () => {
    expect(() => client.direct().push({ f: () => 1 })).toThrow('Cannot send `f`');
  });
});

describe('cancelling', () => {
  test('interrupts what runs and drops what waits; the engines go on', async () => {
    const view = client.direct([0, 1]);
    const running = view.execute('console.log("spinning"); while (true) {}');
    const waiting = view.execute('1');
    await outputsUntil(running.stream(), 'spinning');

    await waiting.cancel({ queuedOnly: true });
    await running.cancel();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED', wasRunning: false });
    await expect(running).rejects.toMatchObject({ code: 'ABORTED', wasRunning: true });
    expect(await view.execute('2')).toEqual([2, 2]);
  });

  test('of what is queued lets run what runs', async () => {
    const view = client.direct(0);
    const running = view.execute(
      'console.log("on"); await new Promise((r) => setTimeout(r, 100)); 3',
    );
    await outputsUntil(running.stream(), 'on');
    await running.cancel({ queuedOnly: true });

    expect(await running).toBe(3);
  });

  test('happens by itself after `timeoutMs`', async () => {
    const view = client.direct([0, 1]);

    await expect(view.execute('while (true) {}', { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    expect(await view.execute('4')).toEqual([4, 4]);
  });

  test('happens by an AbortSignal, with its reason', async () => {
    const controller = new AbortController();
    const view = client.direct(0).with({ signal: controller.signal });
    const result = view.execute('console.log("x"); while (true) {}');
    await outputsUntil(result.stream(), 'x');
    controller.abort(new Error('not needed'));

    await expect(result).rejects.toThrow('not needed');
    expect(() => view.execute('1')).toThrow('not needed');
    expect(await client.direct(0).execute('5')).toBe(5);
  });

  test('is told of each engine by interrupt', async () => {
    expect(await client.interrupt([0, 2])).toEqual([
      { engineId: 0, outcome: 'idle' },
      { engineId: 2, outcome: 'idle' },
    ]);
  });
});

describe('a compiled cell', () => {
  const cell = (javascript: string): CellRequest => ({
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
  });
  const next = { version: 'v1', text: 'declare let a: number;' };

  test('is run as it is', async () => {
    expect(await client.direct([0, 1]).executeCell(cell('__px.result(6)'))).toEqual([6, 6]);
  });

  test('is refused by an engine that declares something else, with what it declares', async () => {
    const request = { ...cell('__px.result(6)'), declarations: { base: 'other', next } };
    const error = await errorOf(client.direct(2).executeCell(request));

    expect(error).toMatchObject({
      code: 'DECLARATIONS_DIFFER',
      engineId: 2,
      declarations: { version: expect.any(String) as unknown, text: expect.any(String) as unknown },
    });
  });

  test('is sent once more when it was compiled again', async () => {
    const wrong = { ...cell('__px.result("wrong")'), declarations: { base: 'other', next } };
    const asked: string[] = [];
    const result = client.direct([2]).executeCell(wrong, {
      onDeclarationsDiffer: ({ declarations }) => {
        asked.push(declarations.version);
        const again = {
          ...cell('__px.result("right")'),
          declarations: { base: declarations.version, next },
        };
        return Promise.resolve(again);
      },
    });

    expect(await result).toEqual(['right']);
    expect(asked).toHaveLength(1);
    expect(result.outputs[0]?.error).toBeUndefined();
  });
});

describe('load-balanced tasks', () => {
  test('run on some engine, and say on which', async () => {
    const view = client.loadBalanced({ label: 'balanced' });
    const results = Array.from({ length: 6 }, () => view.execute('console.log("here"); px.id'));
    const ids = await Promise.all(results);

    for (const [index, result] of results.entries()) {
      expect(result.tasks[0]).toMatchObject({ engineId: ids[index], status: 'ok' });
      expect(result.outputs[0]?.stdout).toBe('here\n');
    }
  });

  test('keep to their targets', async () => {
    const view = client.loadBalanced({ targets: [2] });

    expect(await Promise.all([view.execute('px.id'), view.execute('px.id')])).toEqual([2, 2]);
  });

  test('are tried again elsewhere', async () => {
    const view = client.loadBalanced({ targets: [1, 2], retries: 1 });
    await client.direct([1, 2]).execute('globalThis.attempts = 0');
    const failing = view.execute('globalThis.attempts += 1; throw new Error("always")');

    await expect(failing).rejects.toMatchObject({ code: 'REMOTE', remoteName: 'Error' });
    expect(await client.direct([1, 2]).execute('globalThis.attempts')).toEqual([1, 1]);
  });

  test.each([-1, NaN])('are refused with a grace of %s', (engineGraceMs) => {
    const view = client.loadBalanced({ engineGraceMs });

    expect(() => view.execute('1')).toThrow(/^engineGraceMs is .*: give milliseconds from 0 on/);
  });

  test('wait for others, and follow them to their engine', async () => {
    const view = client.loadBalanced();
    const slow = view.execute(
      'await new Promise((r) => setTimeout(r, 100)); globalThis.at = px.id',
    );
    const after = view.execute('Date.now()', { after: slow });
    const follow = view.execute('globalThis.at', { follow: [slow, ...after.messageIds] });

    await Promise.all([slow, after]);
    expect(after.tasks[0]?.startedAt?.getTime()).toBeGreaterThanOrEqual(
      slow.tasks[0]?.completedAt?.getTime() ?? Infinity,
    );
    await expect(follow).rejects.toMatchObject({ remoteName: 'ImpossibleDependency' });
    expect(await view.execute('globalThis.at', { follow: slow })).toBe(await slow);
  });
});

describe('a broadcast view', () => {
  test('runs text on its engines, each in its rank, with what they show', async () => {
    const result = client.broadcast([2, 0]).execute('console.log(px.id); [px.rank, px.size]');

    expect(await result).toEqual([
      [0, 2],
      [1, 2],
    ]);
    expect(result.outputs).toMatchObject([
      { engineId: 2, stdout: '2\n' },
      { engineId: 0, stdout: '0\n' },
    ]);
  });

  test('sets variables, large ones too', async () => {
    await client.broadcast().push({ grid: new Float64Array(100_000).fill(2) });

    expect(await client.direct('all').execute('grid.length * grid[99_999]')).toEqual(
      Array(3).fill(200_000),
    );
  });

  test('tells the errors of all engines, and is cancelled', async () => {
    const error = await errorOf(client.broadcast().execute('throw new RangeError("far")'));
    const result = client.broadcast().execute('console.log("spins"); while (true) {}');
    await outputsUntil(result.stream(), 'spins');

    expect(error).toMatchObject({ code: 'COMPOSITE', total: 3 });
    await result.cancel();
    await expect(result).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('results by their ids', () => {
  test('are found by another client, with what was shown', async () => {
    const result = client.direct([0, 1]).execute('console.log("shown"); px.id + 10');
    await result;
    await using other = await Client.connect({ connectionInfo: bench.controller.clientInfo });
    const found = other.result(result.messageIds);

    expect(await found).toEqual([10, 11]);
    expect(found.outputs).toMatchObject([
      { engineId: 0, stdout: 'shown\n' },
      { engineId: 1, stdout: 'shown\n' },
    ]);
  });

  test('are followed to the end while they run', async () => {
    await using other = await Client.connect({ connectionInfo: bench.controller.clientInfo });
    const code = 'console.log("begun"); await new Promise((r) => setTimeout(r, 200)); "late"';
    const result = client.direct(0).execute(code);
    await outputsUntil(result.stream(), 'begun');
    const [id = ''] = result.messageIds;

    expect(await other.result(id)).toBe('late');
  });

  test('of this client are those that it waits for', async () => {
    const result = client.direct(0).execute('"own"');

    expect(await client.result(result.messageIds[0] ?? '')).toBe('own');
  });

  test('of an unknown id say so', async () => {
    await expect(client.result('no-such-id')).rejects.toThrow(/knows no request|no-such-id/);
  });
});

test('closing fails what is outstanding, twice is once, and nothing can be called afterwards', async () => {
  const own = await Client.connect({ connectionInfo: bench.controller.clientInfo });
  const ended = deferred<Error>();
  own.onClose((reason) => ended.resolve(reason));
  const result = own.direct(0).execute('await new Promise((r) => setTimeout(r, 300))');
  await Promise.all([own.close(), own.close()]);

  await expect(result).rejects.toMatchObject({ code: 'NOT_CONNECTED' });
  expect((await ended.promise).message).toContain('closed');
  expect(own.isClosed).toBe(true);
  await expect(own.direct(0).execute('1')).rejects.toMatchObject({ code: 'NOT_CONNECTED' });
  await expect(own.queueStatus()).rejects.toMatchObject({ code: 'NOT_CONNECTED' });
});
