import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Pending, type StartedKernel, startKernel } from '../../support/jupyter-client.js';
import { parseDocument, shownText, withOutputs } from './cell-document.js';

/**
 * The cells of `cells/*.md`, all in one kernel, one after the other; each shows what stands below it.
 * `UPDATE_CELLS=1 npx vitest run --project integration cells.test` writes what they show now into the files.
 */

const folder = fileURLToPath(new URL('./cells', import.meta.url));
const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url));
const names = (await readdir(folder)).filter((name) => name.endsWith('.md')).sort();
const documents = await Promise.all(
  names.map(async (name) => {
    const markdown = await readFile(join(folder, name), 'utf8');
    return { name, markdown, blocks: parseDocument(markdown) };
  }),
);

/** Packages of npm, of every kind, that the cells import. */
const packages = [
  ...['@jridgewell/sourcemap-codec', '@types/chai', '@types/react', 'acorn', 'chai', 'commander'],
  ...['eslint-scope', 'lodash-es', 'magic-string', 'react', 'zod'],
];

let kernel: StartedKernel;
let beganMs = 0;

beforeAll(async () => {
  beganMs = performance.now();
  kernel = await startKernel();
  for (const name of packages) await link(name);
});

afterAll(async () => {
  await kernel[Symbol.asyncDispose]();
});

describe.each(documents)('$name', ({ name, markdown, blocks }) => {
  const cells = blocks.filter((block) => block.type === 'cell');
  let shown: string[] = [];

  beforeAll(async () => {
    const answers: (() => string)[] = [];
    for (const block of blocks) {
      if (block.type === 'file') await write(block.path, block.text);
      else answers.push(await run(block));
    }
    shown = answers.map((answer) => answer()); // what came late is with its cell by now
    if (process.env['UPDATE_CELLS'] === '1') {
      await writeFile(join(folder, name), withOutputs(markdown, shown));
    }
  }, 120_000);

  test.each(cells.map((cell, index) => ({ ...cell, index, title: titleOf(cell.code) })))(
    '$line: $title',
    ({ index, expected }) => {
      expect(shown[index]).toBe(expected);
    },
  );
});

test('they are at least 300, and take less than two minutes', () => {
  const count = documents
    .flatMap(({ blocks }) => blocks)
    .filter(({ type }) => type === 'cell').length;

  expect(count).toBeGreaterThanOrEqual(300);
  expect(performance.now() - beganMs).toBeLessThan(120_000);
});

async function run({ code, event }: { code: string; event: string }): Promise<() => string> {
  const pending = kernel.client.execute(code, { stop_on_error: false });
  await happen(event, pending);
  const answer = await pending;
  const count = Number(answer.reply['execution_count']);
  return () => shownText(answer, { count, folder: kernel.cwd });
}

/** What the user and the page do while the cell runs. */
async function happen(event: string, pending: Pending): Promise<void> {
  const [what = '', ...words] = event.split(' ');
  const said = words.join(' ');
  kernel.client.onInput(() => said);
  if (what === 'stop') {
    await pending.output(({ type }) => type === 'stream');
    await kernel.client.interrupt();
  }
  if (what === 'page') {
    const { content } = await pending.output(({ type }) => type === 'comm_open');
    const data = JSON.parse(said) as unknown;
    kernel.client.post('comm_msg', { comm_id: content['comm_id'], data });
  }
}

function titleOf(code: string): string {
  return code.split('\n').find((line) => line.trim() !== '') ?? '';
}

async function write(path: string, text: string): Promise<void> {
  const file = join(kernel.cwd, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

async function link(name: string): Promise<void> {
  const place = join(kernel.cwd, 'node_modules', name);
  await mkdir(dirname(place), { recursive: true });
  await symlink(join(modules, name), place);
}
