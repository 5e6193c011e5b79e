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
