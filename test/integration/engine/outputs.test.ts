import { expect, test } from 'vitest';
import { EngineBench, textOf } from './engines.js';

const lineNumbers = (text: string): number[] => text.split('\n').filter(Boolean).map(Number);

test('a line is seen while the cell that printed it still blocks', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;

  const id = client.execute(bench.uuid(0), {
    javascript:
      'console.log("first"); const end = Date.now() + 1500; while (Date.now() < end); console.log("last")',
  });
  await client.heard(id, ({ content }) => String(content['text']).includes('first'));

  expect(textOf(client.outputsOf(id), 'stdout')).toBe('first\n');
  const { outputs } = await client.settled(id);
  expect(textOf(outputs, 'stdout')).toBe('first\nlast\n');
});

test('20,000 lines of one blocked engine arrive, each once and in order', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;

  const id = client.execute(bench.uuid(0), {
    javascript: 'for (let i = 0; i < 20000; i++) console.log(i)',
  });
  const { outputs } = await client.settled(id, 30_000);

  expect(lineNumbers(textOf(outputs, 'stdout'))).toEqual(
    Array.from({ length: 20_000 }, (_, index) => index),
  );
});

test('1,000 lines of each of eight engines at once arrive complete and in order', async () => {
  await using bench = await EngineBench.start(8);
  const { client } = bench;

  const ids = [...Array(8).keys()].map((id) =>
    client.execute(bench.uuid(id), {
      javascript: 'for (let i = 0; i < 1000; i++) console.log(i)',
    }),
  );
  const heard = await Promise.all(ids.map((id) => client.settled(id, 30_000)));

  for (const { outputs } of heard) {
    expect(lineNumbers(textOf(outputs, 'stdout'))).toEqual([...Array(1000).keys()]);
  }
});

test('stdout and stderr keep apart, and displays come between them in order', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;

  const id = client.execute(bench.uuid(0), {
    javascript:
      'console.log("a"); console.error("b"); exports.display({ "text/html": "<b>c</b>" }); console.log("d")',
  });
  const { outputs } = await client.settled(id);

  const shown = outputs.filter(({ header }) => /stream|display_data/.test(header.msg_type));
  expect(shown.map(({ content }) => content['text'] ?? content['data'])).toEqual([
    'a\n',
    'b\n',
    expect.objectContaining({ 'text/html': '<b>c</b>' }),
    'd\n',
  ]);
});

test('what a child process writes to its inherited stderr belongs to the cell', async () => {
  await using bench = await EngineBench.start(1);
  const { client } = bench;

  const id = client.execute(bench.uuid(0), {
    javascript: `require('node:child_process').execSync('echo out; echo err >&2', { stdio: 'inherit' })`,
  });
  const { outputs } = await client.settled(id);

  expect(textOf(outputs, 'stdout')).toBe('out\n');
  expect(textOf(outputs, 'stderr')).toBe('err\n');
});
