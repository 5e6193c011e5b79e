import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StartedKernel, startKernel } from '../../support/jupyter-client.js';

let kernel: StartedKernel;

beforeAll(async () => {
  kernel = await startKernel();
});

afterAll(async () => {
  await kernel[Symbol.asyncDispose]();
});

test('the value of the last expression is the result', async () => {
  const { reply, result, outputs } = await kernel.client.execute('const a: number = 6;\na * 7');

  expect(result).toBe('42');
  expect(reply).toMatchObject({ status: 'ok', user_expressions: {} });
  expect(outputs).toHaveLength(1);
});

test('variables and types of a cell are known in the next', async () => {
  await kernel.client.execute('interface Point { x: number }\nlet p: Point = { x: 1 };');

  const { result } = await kernel.client.execute('p.x += 1;\np');
  const { error } = await kernel.client.execute('p.y');

  expect(result).toBe('{ x: 2 }');
  expect(error).toMatchObject({ ename: 'TypeScriptError' });
});

test('what a cell prints comes as streams, in order', async () => {
  const { stdout, stderr } = await kernel.client.execute(
    'console.log("a");\nconsole.error("b");\nprocess.stdout.write("c\\n");',
  );

  expect(stdout).toBe('a\nc\n');
  expect(stderr).toBe('b\n');
});

test('top-level await and imports work', async () => {
  const { result, error } = await kernel.client.execute(
    "import { basename } from 'node:path';\nawait Promise.resolve(basename('/a/b'))",
  );

  expect(error).toBeUndefined();
  expect(result).toBe("'b'");
});

test('a type error is shown once, in the lines of the cell, and nothing of the cell runs', async () => {
  const { reply, error, stdout, outputs } = await kernel.client.execute(
    'console.log("runs");\nconst wrong: string = 5;',
  );
  const count = Number(reply['execution_count']);

  expect(error).toEqual({
    ename: 'TypeScriptError',
    evalue: `Cell [${count}]:2:7 - Type 'number' is not assignable to type 'string'.`,
    traceback: [
      `Cell [${count}]:2:7 - Type 'number' is not assignable to type 'string'.`,
      'const wrong: string = 5;',
      '      ^^^^^',
    ],
  });
  expect(stdout).toBe('');
  expect(outputs).toHaveLength(1);
  expect(reply['status']).toBe('error');
});

test('an error shows its place in the cell as typed', async () => {
  const { reply, error } = await kernel.client.execute(
    'interface Unused { a: string }\nfunction fail(text: string): never {\n  throw new RangeError(text);\n}\nfail("too far");',
  );
  const name = `Cell [${Number(reply['execution_count'])}]`;

  expect(error).toMatchObject({ ename: 'RangeError', evalue: 'too far' });
  const traceback = error?.traceback.join('\n') ?? '';
  expect(traceback).toContain(`${name}:3:9`);
  expect(traceback).toContain('> 3 |   throw new RangeError(text);');
  expect(traceback).toContain(`at ${name}:5:`);
});

test('what was declared before an error is kept', async () => {
  await kernel.client.execute('let kept = 1;\nkept += 1;\nthrow new Error("late");');

  expect((await kernel.client.execute('kept')).result).toBe('2');
});

test('display shows rich data, and changes it in place', async () => {
  const { outputs } = await kernel.client.execute(
    'const shown = display.html("<b>1</b>");\nshown.update({ "text/html": "<b>2</b>" });',
  );

  expect(outputs.map(({ type }) => type)).toEqual(['display_data', 'update_display_data']);
  expect(outputs[0]?.content['data']).toMatchObject({ 'text/html': '<b>1</b>' });
  expect(outputs[1]?.content['transient']).toEqual(outputs[0]?.content['transient']);
});

test('a silent cell counts for nothing and shows no result', async () => {
  const { reply: before } = await kernel.client.execute('1');
  const { outputs } = await kernel.client.execute('let silent = 2;\nsilent', { silent: true });
  const { reply: after, result } = await kernel.client.execute('silent');

  expect(outputs).toEqual([]);
  expect(result).toBe('2');
  expect(Number(after['execution_count'])).toBe(Number(before['execution_count']) + 1);
});

test('an error aborts the cells that wait, unless they are told not to', async () => {
  const failing = kernel.client.execute('throw new Error("first")');
  const waiting = kernel.client.execute('console.log("waited")');
  expect((await failing).reply['status']).toBe('error');
  expect((await waiting).reply).toMatchObject({
    status: 'aborted',
    evalue: 'An earlier cell failed.',
  });
  expect((await waiting).reply).not.toHaveProperty('execution_count');
  expect((await waiting).stdout).toBe('');

  const tolerated = kernel.client.execute('throw new Error("second")', { stop_on_error: false });
  const next = kernel.client.execute('"ran"');
  expect((await tolerated).reply['status']).toBe('error');
  expect((await next).result).toBe("'ran'");
});

test('an unhandled rejection is told on stderr and ends nothing', async () => {
  const pending = kernel.client.execute('void Promise.reject(new Error("nobody"));\n0');

  await pending.printed('Unhandled rejection');
  expect((await kernel.client.execute('1 + 1')).result).toBe('2');
});

test('a name with a question mark shows its declaration beside the notebook', async () => {
  const { client } = kernel;
  await client.execute(
    '/** How far. */\nfunction distance(a: number, b: number) { return b - a; }',
  );

  const own = await client.execute('distance?');
  const unknown = await client.execute('nowhere?');

  expect(own.reply['payload']).toMatchObject([
    {
      source: 'page',
      data: { 'text/plain': 'function distance(a: number, b: number): number\n\nHow far.' },
    },
  ]);
  expect(unknown.error?.evalue).toBe('Nothing by the name nowhere is known here.');
});
