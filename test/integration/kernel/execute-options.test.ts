import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StartedKernel, startKernel } from '../../support/jupyter-client.js';

/** What `execute_request` asks for beside the code: https://jupyter-client.readthedocs.io/en/stable/messaging.html#execute */

let kernel: StartedKernel;

beforeAll(async () => {
  kernel = await startKernel();
});

afterAll(async () => {
  await kernel[Symbol.asyncDispose]();
});

async function history(): Promise<unknown> {
  const content = { hist_access_type: 'tail', n: 1, output: false, raw: true };
  const { reply } = await kernel.client.request('history_request', content);
  return reply['history'];
}

test('user_expressions are evaluated after the code, each an answer by its name', async () => {
  const { reply, result, stdout } = await kernel.client.execute('let total = 20;\ntotal += 1', {
    user_expressions: {
      twice: 'total * 2',
      rows: '[{ a: total }] // a comment',
      object: '{ total }',
      later: 'await Promise.resolve(total)',
      nothing: 'undefined',
      printed: 'console.log("from an expression")',
    },
  });

  const ok = (text: string) => ({ status: 'ok', data: { 'text/plain': text }, metadata: {} });
  expect(result).toBe('21');
  expect(reply['user_expressions']).toMatchObject({
    twice: ok('42'),
    rows: { status: 'ok', data: { 'text/html': expect.stringContaining('<table') as unknown } },
    object: ok('{ total: 21 }'),
    later: ok('21'),
    nothing: ok('undefined'),
    printed: ok('undefined'),
  });
  expect(stdout).toBe('from an expression\n');
});

test('an expression that fails is an answer, and the request is ok', async () => {
  const { reply, error } = await kernel.client.execute('let text = "x";', {
    user_expressions: {
      thrown: '(() => { throw new RangeError("far") })()',
      mistyped: 'text.nothing',
      statement: 'const a = 1',
      fine: 'text',
    },
  });

  const failed = (ename: string, evalue: string) => ({
    ...{ status: 'error', ename, traceback: expect.any(Array) as unknown },
    evalue: expect.stringContaining(evalue) as unknown,
  });
  expect(error).toBeUndefined();
  expect(reply).toMatchObject({
    status: 'ok',
    user_expressions: {
      thrown: failed('RangeError', 'far'),
      mistyped: failed('TypeScriptError', "Property 'nothing' does not exist on type 'string'."),
      statement: failed('TypeScriptError', 'Identifier expected.'),
      fine: { status: 'ok', data: { 'text/plain': "'x'" } },
    },
  });
});

test('a cell that fails evaluates none', async () => {
  const { reply, stdout } = await kernel.client.execute('throw new Error("no")', {
    user_expressions: { printed: 'console.log("evaluated")' },
  });

  expect(reply['status']).toBe('error');
  expect(reply).not.toHaveProperty('user_expressions');
  expect(stdout).toBe('');
});

test('Stop ends an expression that does not', async () => {
  const running = kernel.client.execute('const over = "code is over";', {
    user_expressions: { endless: '(() => { console.log(over); for (;;); })()' },
  });
  await running.printed('code is over');

  await kernel.client.interrupt();

  const { reply } = await running;
  expect(reply).toMatchObject({
    status: 'ok',
    user_expressions: { endless: { status: 'error', ename: 'Interrupted' } },
  });
  expect((await kernel.client.execute('"goes on"')).result).toBe("'goes on'");
});

test('without store_history a cell shows its outputs, is not counted and not remembered', async () => {
  const { reply: before } = await kernel.client.execute('"remembered"');
  const remembered = await history();

  const { reply, result } = await kernel.client.execute('console.log("shown"); 1 + 1', {
    store_history: false,
  });

  expect(result).toBe('2');
  expect(reply['execution_count']).toBe(before['execution_count']);
  expect(await history()).toEqual(remembered);
});

test('silent means no execute_input, result, count or history, whatever store_history says; expressions are answered', async () => {
  const { reply: before } = await kernel.client.execute('"remembered"');
  const remembered = await history();

  const { reply, outputs } = await kernel.client.execute('let quiet = 6;\nquiet', {
    ...{ silent: true, store_history: true },
    user_expressions: { quiet: 'quiet * 7' },
  });
  const failing = await kernel.client.execute('throw new TypeError("quiet")', { silent: true });

  expect(outputs).toEqual([]);
  expect(reply).toMatchObject({
    status: 'ok',
    execution_count: before['execution_count'],
    user_expressions: { quiet: { status: 'ok', data: { 'text/plain': '42' } } },
  });
  expect(failing.outputs).toEqual([]);
  expect(failing.reply).toMatchObject({ status: 'error', ename: 'TypeError', evalue: 'quiet' });
  expect(await history()).toEqual(remembered);
});

test('a front end that says nothing about stdin is not asked', async () => {
  const { error } = await kernel.client.execute('await input("name? ")', {
    allow_stdin: undefined,
  });

  expect(error?.evalue).toBe(
    'Nobody can be asked: this front end takes no input, or no cell runs. Put the value into a variable instead.',
  );
});

test('stop_on_error gives up the cells that wait, and nothing that came later', async () => {
  const failing = kernel.client.execute('throw new Error("first")');
  const waiting = [1, 2].map((n) => kernel.client.execute(`${n}`, { stop_on_error: false }));
  await failing;

  const replies = await Promise.all(waiting.map(async (pending) => (await pending).reply));
  expect(replies.map(({ status }) => status)).toEqual(['aborted', 'aborted']);
  expect((await kernel.client.execute('"later"')).result).toBe("'later'");
});

test('exit alone asks the console to end, unless the notebook has something of that name', async () => {
  const { reply, outputs } = await kernel.client.execute('exit');
  const own = await kernel.client.execute('const quit = () => "own";\nquit()');
  const called = await kernel.client.execute('quit()');

  expect(reply).toMatchObject({
    status: 'ok',
    payload: [{ source: 'ask_exit', keepkernel: false }],
  });
  expect(outputs).toEqual([]);
  expect([own.result, called.result]).toEqual(["'own'", "'own'"]);
});
