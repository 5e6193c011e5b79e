import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import {
  closeCompiler,
  displayed,
  printed,
  type TestNotebook,
  workspace,
  type Workspace,
} from './notebook.js';

// vitest types its own matchers as `any`.
const stringMatching = (pattern: RegExp): unknown => expect.stringMatching(pattern);
const stringContaining = (part: string): unknown => expect.stringContaining(part);
const stringsWith = (part: string): unknown => expect.arrayContaining([stringContaining(part)]);

let space: Workspace;
let notebook: TestNotebook;

beforeAll(async () => {
  space = await workspace();
  notebook = space.open('kernel-a');
  await notebook.px.start({ n: 4 });
});
afterAll(async () => {
  await space[Symbol.asyncDispose]();
  await closeCompiler();
});

test('hello from four engines: streams with their engine, results in order', async () => {
  const run = notebook.run(
    '%%px\nconsole.log(`engine ${px.rank} of ${px.size}`);\nconsole.error("e");\npx.id ** 2',
  );

  expect(await run.outcome).toEqual({ status: 'ok' });
  expect(printed(run).trim().split('\n').sort()).toEqual(
    [0, 1, 2, 3].map((id) => `[stdout:${id}] engine ${id} of 4`),
  );
  expect(printed(run, 'stderr')).toContain('[stderr:3] e\n');
  expect(displayed(run)).toEqual([[0, 1, 2, 3].map((id) => `Out[${id}:1]: ${id ** 2}`).join('\n')]);
});

test('targets choose the engines, and rank and size count among them', async () => {
  const run = notebook.run('%px --targets 1,3 `${px.id}: ${px.rank}/${px.size}`');

  await run.outcome;

  expect(
    displayed(run)
      .join('')
      .match(/\d: \d\/\d/g),
  ).toEqual(['1: 0/2', '3: 1/2']);
});

test('a type error is shown once, and nothing is sent', async () => {
  await notebook.run('%%px\nlet counter = 0;').outcome;

  const run = notebook.run('%%px\ncounter++;\nconst text: number = "a";');
  const outcome = await run.outcome;

  expect(outcome).toMatchObject({
    status: 'error',
    error: { ename: 'TypeScriptError', evalue: stringMatching(/^Cell \[\d+\]:3:7 - /) },
  });
  expect(run.shown).toEqual([]);
  expect(await notebook.px.pull('counter')).toEqual([0, 0, 0, 0]);
});

test('a name that lives in the notebook is told so; pushed, it is there with its type', async () => {
  notebook.declare('declare const noise: number;\n', { noise: 0.5 });

  const before = await notebook.run('%%px\nnoise * 2').outcome;
  expect(before).toMatchObject({
    status: 'error',
    error: { evalue: stringContaining('`noise` lives in the notebook') },
  });
  await notebook.px.push({ noise: 0.5 });

  const run = notebook.run('%%px\nnoise.toFixed(1)');
  expect(await run.outcome).toEqual({ status: 'ok' });
  expect(displayed(run).join('')).toContain('0.5');
  expect(await notebook.run('%%px\nnoise.toUpperCase()').outcome).toMatchObject({
    status: 'error',
    error: { ename: 'TypeScriptError' },
  });
});

test.each([
  ['%%px --targets 9\n1', /There is no engine 9\. There are 0, 1, 2 and 3\./],
  ['%%px --targets 7:9\n1', /No engine matches the targets '7:9'/],
])('%j is answered with one sentence', async (cell, sentence) => {
  const outcome = await notebook.run(cell).outcome;

  expect(outcome).toMatchObject({
    status: 'error',
    error: { evalue: stringMatching(sentence) },
  });
});

test('errors come with their engine while the others go on; the end only counts them', async () => {
  const run = notebook.run(
    '%%px\nif (px.rank % 2) {\n  throw new RangeError("odd");\n}\nconsole.log("fine")',
  );

  expect(await run.outcome).toMatchObject({
    status: 'error',
    error: {
      ename: 'CompositeError',
      evalue: '2 of 4 engines failed. Engines 1 and 3: RangeError: odd',
      traceback: ['CompositeError: 2 of 4 engines failed.', 'Engines 1 and 3: RangeError: odd'],
    },
  });
  expect(printed(run, 'stderr').match(/Cell \[\d+\]:3/g)).not.toBeNull();
  expect(printed(run)).toContain('[stdout:0] fine\n');
});

test('the error of a single engine is the error of the cell, with its stack', async () => {
  const run = notebook.run('%%px --targets 2\nJSON.parse("{")');

  expect(await run.outcome).toMatchObject({
    status: 'error',
    error: {
      ename: 'SyntaxError',
      traceback: stringsWith('Cell ['),
    },
  });
  expect(printed(run, 'stderr')).toBe('');
});

test('--noblock gives the result at once, and -o keeps it', async () => {
  const outcome = await notebook.run(
    '%%px --noblock -o r\nawait new Promise((f) => setTimeout(f, 50)); px.rank',
  ).outcome;

  const result = outcome.status === 'ok' ? outcome.result : undefined;
  expect(result?.done).toBe(false);
  expect(notebook.defined.at(-1)).toMatchObject({ name: 'r', value: result });
  expect(await result).toEqual([0, 1, 2, 3]);
  expect(notebook.px.last()).toBe(result);
});

test('--timeout interrupts, and the next cell runs', async () => {
  const outcome = await notebook.run('%%px --timeout 0.3\nlet spins = 0;\nfor (;;) spins++;')
    .outcome;

  expect(outcome).toMatchObject({ status: 'error', error: { ename: 'TimeoutError' } });
  const counts = await notebook.px.pull<number>('spins');
  expect(counts.every((count) => count > 0)).toBe(true);
});

test.each([
  ['a loop that never yields', 'for (;;) turns++;'],
  ['an endless loop of awaits', 'for (;;) { turns++; await null; }'],
  ['a loop of timers', 'for (;;) { turns++; await new Promise((f) => setTimeout(f, 1)); }'],
])('Stop ends %s on all engines within a second and keeps what it counted', async (_, loop) => {
  const stop = new AbortController();
  const run = notebook.run(`%%px\nlet turns = 0;\nconsole.log('on');\n${loop}`, stop.signal);
  await until(() => printed(run).split('on').length === 5, { timeoutMs: 10_000 });

  const startMs = performance.now();
  stop.abort();
  const outcome = await run.outcome;
  const elapsedMs = performance.now() - startMs;

  expect(outcome).toMatchObject({
    status: 'error',
    error: {
      ename: 'Interrupted',
      evalue: 'Stopped on engines 0, 1, 2 and 3; variables are kept.',
    },
  });
  expect(elapsedMs).toBeLessThan(1000);
  const turns = await notebook.px.pull<number>('turns');
  expect(turns.every((count) => count > 0)).toBe(true);
  expect(await notebook.px.pull('turns')).toEqual(turns);
});

test('Stop names an engine that is blocked in native code, and how to restart it', async () => {
  const stop = new AbortController();
  const run = notebook.run(
    '%%px\nconsole.log("on");\nif (px.rank === 1) require("node:child_process").execSync("sleep 4");\nelse for (;;);',
    stop.signal,
  );
  await until(() => printed(run).split('on').length === 5, { timeoutMs: 10_000 });

  stop.abort();
  const outcome = await run.outcome;

  expect(outcome).toMatchObject({
    status: 'error',
    error: {
      evalue: stringMatching(
        /^Stopped on engines 0, 2 and 3.*Not stopped: engine 1, blocked in native code.*px\.restart\(1\)/,
      ),
    },
  });
  expect(await notebook.run('%px --targets 0 1').outcome).toEqual({ status: 'ok' });
});

test('1,000 lines of each engine are complete and in order, the first seen while the loop blocks', async () => {
  const run = notebook.run(
    '%%px\nfor (let line = 0; line < 1000; line++) console.log("line " + line);\n' +
      'const end = Date.now() + 1500; while (Date.now() < end);\nconsole.log("end");',
  );

  expect(await until(() => printed(run).includes('] line 999'), { timeoutMs: 5000 })).toBe(true);
  expect(printed(run)).not.toContain('end');
  await run.outcome;
  const lines = printed(run).trimEnd().split('\n');
  for (let engine = 0; engine < 4; engine++) {
    const prefix = `[stdout:${engine}] `;
    const own = lines
      .filter((line) => line.startsWith(prefix))
      .map((line) => line.slice(prefix.length));
    expect(own).toEqual([...Array.from({ length: 1000 }, (_, line) => `line ${line}`), 'end']);
  }
});

test('an engine that ends itself in a cell is the error of that cell', async () => {
  const run = notebook.run('%%px --targets 2\nconsole.log("last words");\nprocess.exit(3)');

  expect(await run.outcome).toMatchObject({
    status: 'error',
    error: { ename: 'EngineExited', evalue: stringMatching(/engine 2.*process\.exit\(\).*code 3/) },
  });
  expect(printed(run)).toContain('[stdout:2] last words\n');
  expect(notebook.px.client.ids).toEqual([0, 1, 3]); // the next cell is not for it
});

test('the death of an engine is told at once, with its signal, while the others go on', async () => {
  const run = notebook.run(
    '%%px\nconsole.log("on");\nawait new Promise((f) => setTimeout(f, 2500));\nconsole.log("done");',
  );
  await until(() => printed(run).split('on').length === 4, { timeoutMs: 10_000 });
  const doomed = notebook.px.client.engines.find(({ id }) => id === 3);

  process.kill(doomed?.pid ?? -1, 'SIGKILL');
  const told = await until(() => printed(run, 'stderr').includes('SIGKILL'), { timeoutMs: 1000 });

  expect(told).toBe(true);
  expect(printed(run)).not.toContain('done');
  expect(await run.outcome).toMatchObject({
    status: 'error',
    error: { evalue: '1 of 3 engines failed. Engine 3: was killed by SIGKILL' },
  });
  expect(printed(run).split('done')).toHaveLength(3);
  expect(notebook.px.client.ids).toEqual([0, 1]);
});
