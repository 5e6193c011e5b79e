import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../../src/base/clock.js';
import { DevTools } from '../../support/devtools.js';
import { type StartedKernel, startKernel } from '../../support/jupyter-client.js';

let kernel: StartedKernel;

beforeAll(async () => {
  kernel = await startKernel();
  await kernel.client.execute('let counter = 0;');
});

afterAll(async () => {
  await kernel[Symbol.asyncDispose]();
});

/** Attaches to a kernel, whose debugger it opens where it is closed. */
async function attach({ client } = kernel): Promise<DevTools> {
  const { stdout } = await client.execute('%inspect');
  return DevTools.attach(urlIn(stdout));
}

function urlIn(text: string): string {
  const [url] = /ws:\/\/127\.0\.0\.1:\d+\/\S+/.exec(text) ?? [];
  if (url === undefined) throw new Error(`No address in ${text}`);
  return url;
}

test('a breakpoint in a line of TypeScript halts the next cell that comes there, and the cell goes on', async () => {
  const { client } = kernel;
  await client.execute(
    'interface Walk { steps: number }\n\nfunction far(walk: Walk): number {\n  const twice = walk.steps * 2;\n  return twice + 1;\n}',
  );
  await using debug = await attach();
  const script = await debug.script('function far');

  await debug.breakAt(script, 5);
  const pending = client.execute('far({ steps: 20 })');
  const halt = await debug.halt();
  const place = debug.lineOf(halt);
  const twice = await debug.evaluate(halt, 'twice');
  await debug.resume();
  const { result } = await pending;

  expect(place).toEqual({ url: script.source?.url, line: 5 });
  expect(script.source?.url).toMatch(/^pxlab:\/\/\/interface-Walk-steps-number-[0-9a-f]{8}\.ts$/);
  expect(twice).toBe(40);
  expect(result).toBe('41');
});

test('a cell that runs again has the address it had, and a debugger can set its breakpoints before it begins', async () => {
  const { client } = kernel;
  const code = '// again\nconst items: string[] = [];\nitems.push("first");\nitems.length;';
  await client.execute(code);
  await using debug = await attach();
  const before = await debug.script('// again');

  const instrumentation = 'beforeScriptWithSourceMapExecution';
  await debug.call('Debugger.setInstrumentationBreakpoint', { instrumentation });
  const pending = client.execute(code);
  await debug.halt();
  const now = await debug.script('// again');
  await debug.breakAt(now, 4);
  await debug.resume();
  const { line } = debug.lineOf(await debug.halt());
  await debug.resume();
  const { result } = await pending;

  expect(now.url).not.toBe(before.url);
  expect(now.source?.url).toBe(before.source?.url);
  expect({ line, result }).toEqual({ line: 4, result: '1' });
});

test('breakpoints halt at the lines they were set at, whatever stands there', async () => {
  const { client } = kernel;
  const code = [
    'const pause = Promise.resolve(1);',
    'async function later(n: number): Promise<number> {',
    '  await pause;',
    '  for await (const each of [pause]) {',
    '    n += each;',
    '  }',
    '  return n;',
    '}',
    'let total = await later(1);',
    'await pause;',
    'total += 1;',
    "if (total > 0) total = (await import('node:path')).sep.length;",
    'total;',
  ];
  const lines = [3, 5, 7, 9, 10, 11, 12, 13];
  await client.execute(code.join('\n'));
  await using debug = await attach();
  const instrumentation = 'beforeScriptWithSourceMapExecution';
  await debug.call('Debugger.setInstrumentationBreakpoint', { instrumentation });

  const pending = client.execute(code.join('\n'));
  await debug.halt();
  const script = await debug.script('const pause');
  for (const line of lines) await debug.breakAt(script, line);
  const halted: number[] = [];
  while (halted.length < lines.length) {
    await debug.resume();
    halted.push(debug.lineOf(await debug.halt()).line);
  }
  await debug.resume();
  const { result } = await pending;

  expect(halted.toSorted((a, b) => a - b)).toEqual(lines);
  expect(result).toBe('1');
});

test('`debugger` in a cell halts it, and the cell goes on when its debugger leaves', async () => {
  const { client } = kernel;
  const debug = await attach();

  const pending = client.execute('let halted = 1;\ndebugger;\nhalted + 1');
  const { line } = debug.lineOf(await debug.halt());
  await debug[Symbol.asyncDispose]();
  const { result, error } = await pending;

  expect({ line, result, error }).toEqual({ line: 2, result: '2', error: undefined });
});

const halting: Record<string, string> = {
  'at its top level': 'counter = 7;\ndebugger;\ncounter = -1;',
  'after an await': 'counter = 7;\nawait 0;\ndebugger;\ncounter = -1;',
  'in a timer':
    'counter = 7;\nsetTimeout(() => { debugger; counter = -1; }, 1);\nawait new Promise(() => {});',
  'in a function that a library calls':
    'counter = 7;\n[2, 1].sort((a, b) => { debugger; counter = -1; return a - b; });',
  'again and again': 'counter = 7;\nfor (;;) { debugger; }',
  'under a catch':
    'counter = 7;\nfor (;;) { try { debugger; throw new Error("on"); } catch { counter = 7; } }',
};

test.each(Object.entries(halting))(
  'Stop ends a cell that a debugger halts %s; variables stay, and the debugger stays attached',
  async (_, code) => {
    const { client } = kernel;
    await using debug = await attach();
    const pending = client.execute(code);
    await debug.halt();

    await client.interrupt();
    const { error } = await pending;
    const { result } = await client.execute('counter');
    const alive = await debug.call('Runtime.evaluate', { expression: '1 + 1' });

    expect(error?.ename).toBe('Interrupted');
    expect(result).toBe('7');
    expect(alive).toMatchObject({ result: { value: 2 } });
  },
);

test('Stop ends loops while a debugger is attached, one after the other', async () => {
  const { client } = kernel;
  await using debug = await attach();
  const enames: unknown[] = [];

  for (const code of [
    'console.log("on"); for (;;) counter++;',
    'await 0; console.log("on"); for (;;) counter++;',
  ]) {
    const pending = client.execute(code);
    await pending.printed('on');
    await client.interrupt();
    enames.push((await pending).error?.ename);
  }

  expect(enames).toEqual(['Interrupted', 'Interrupted']);
  expect(debug.isClosed).toBe(false);
});

test('Stop lets a kernel go on that a debugger halts between two cells', async () => {
  const { client } = kernel;
  await using debug = await attach();
  await debug.call('Debugger.pause');
  const pending = client.execute('1');
  await debug.halt();

  await client.interrupt();
  await pending;
  const { result } = await client.execute('1 + 1');

  expect(result).toBe('2');
});

test('%inspect says where the debugger is, %inspect off disconnects it and lets the cell go on', async () => {
  const { client } = kernel;
  await client.execute('%inspect off');

  const opened = await client.execute('%inspect');
  const again = await client.execute('%inspect');
  const url = urlIn(opened.stdout);
  const debug = await DevTools.attach(url);
  const off = await client.execute('%inspect off');
  await debug.closed();
  const offAgain = await client.execute('%inspect off // it is');

  const { host, pathname } = new URL(url);
  expect(opened.stdout).toContain(`The debugger of this kernel listens: ${url}\n`);
  expect(opened.stdout).toContain(
    `js_app.html?experiments=true&v8only=true&ws=${host}${pathname}\n`,
  );
  expect(opened.stdout).toContain('%inspect off closes it.\n');
  expect(again.stdout).toContain(`listens already: ${url}\n`);
  expect(off.stdout).toBe('The debugger of this kernel is closed: clients were disconnected.\n');
  expect(offAgain.stdout).toBe('The debugger of this kernel was not open.\n');
});

test('%inspect takes a port; one that is taken is refused with a sentence, and the next call works', async () => {
  const { client } = kernel;
  await client.execute('%inspect off');
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const taken = await client.execute(`%inspect --port ${port}`);
  server.close();
  await once(server, 'close');
  const free = await client.execute(`%inspect --port=${port}`);

  expect(taken.error?.evalue).toBe(
    `The debugger cannot listen on port ${port}: another program does, or it may not be used. ` +
      'Without --port, a free one is taken.',
  );
  expect(new URL(urlIn(free.stdout)).port).toBe(String(port));
});

test.each([
  ['%inspect --port 70000', "--port needs a port from 0 to 65535, got '70000'."],
  ['%inspect off --port 9229', '%inspect off takes no --port: it closes what is open.'],
  ['%inspect --host 0.0.0.0', '%inspect has no flag --host.'],
  ['%inspect of', "got 'of'"],
  ['%inspect 0 1', "%inspect takes one list of targets, got '1' too."],
  ['%inspect 0', 'This notebook has no cluster yet'],
  ['%stack', 'This notebook has no cluster yet'],
  ['%stack 0 --targets 1', "The targets stand there twice: as --targets 1 and as '0'."],
])('%s says what is wrong with it', async (code, sentence) => {
  const { error } = await kernel.client.execute(code);

  expect(error?.evalue).toContain(sentence);
});

test.each([
  ['attached', undefined],
  ['halting a cell', 'debugger;'],
])('a kernel that is to end does so with a debugger %s', async (_, code) => {
  await using own = await startKernel();
  const debug = await attach(own);
  if (code !== undefined) {
    void own.client.execute(code);
    await debug.halt();
  }
  const exited = once(own.process, 'exit');

  await own.client.control('shutdown_request', { restart: false });
  const [exitCode] = (await exited) as [number];
  await debug.closed();

  expect(exitCode).toBe(0);
});

test('the notebook sees where its engines are, and debugs them', async () => {
  await using own = await startKernel();
  const { client } = own;
  await client.execute('await px.start({ n: 2 });');
  await client.execute('%px --noblock --targets 0 for (;;);');
  const hasBegun = async (): Promise<boolean> =>
    (await client.execute('%stack 0')).stdout.includes('runs');
  await until(hasBegun, { timeoutMs: 5000 });

  const stack = await client.execute('%stack');
  const shown = await client.execute('await px.stack(1)');
  const first = await client.execute('const [one] = (await px.stack(-1)).engines;\none?.activity');
  const opened = await client.execute('%inspect 0');
  const debug = await DevTools.attach(urlIn(opened.stdout));
  const off = await client.execute('%inspect off --targets 0');
  await debug.closed();
  const none = await client.execute('%stack 7');

  expect(stack.stdout).toMatch(
    /^Engine 0: runs Cell \[\d+\], for \d+ m?s now, at\nCell \[\d+\]:1:\d+\n> 1 \| .*for \(;;\);\n[^]*Engine 1: idle\n$/,
  );
  expect(shown.result).toBe('Engine 1: idle');
  expect(first.result).toBe("'idle'");
  expect(off.stdout).toBe('The debugger of engine 0 is closed: clients were disconnected.\n');
  expect(none.error?.ename).toBe('ParallelError');
  expect(none.error?.evalue).toContain('7');
});
