import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import type { AsyncResult } from '../../../lib/client/async-result.js';
import { Cluster } from '../../../lib/cluster/cluster.js';
import { closeCompiler, workspace, type Workspace } from './notebook.js';

let space: Workspace;

beforeEach(async () => {
  space = await workspace();
});
afterEach(() => space[Symbol.asyncDispose]());
afterAll(closeCompiler);

function shared(n: number, clusterId = ''): Promise<Cluster> {
  return Cluster.start({ n, clusterId, profileDir: space.profileDir, owner: null });
}

/** A line of a cell that waits until {@link open} is called. */
function gate(name: string): string {
  const path = JSON.stringify(join(space.profileDir, name));
  return `{ const { existsSync } = await import('node:fs');
    while (!existsSync(${path})) await new Promise((resolve) => setTimeout(resolve, 5)); }`;
}

function open(name: string): void {
  writeFileSync(join(space.profileDir, name), '');
}

async function shows(result: AsyncResult<unknown> | undefined, text: string): Promise<void> {
  for await (const output of result?.stream() ?? []) {
    if (output.type === 'stream' && output.text.includes(text)) return;
  }
  throw new Error(`'${text}' was not shown`);
}

const bundleOf = (value: object): Record<string, string> =>
  (value as Record<symbol, () => Record<string, string>>)[Symbol.for('Jupyter.display')]?.() ?? {};

test('after a restart the last results are found again, in their order, with all they showed', async () => {
  const before = space.open('kernel-a');
  await before.px.start({ n: 2 });
  await before.run('%%px\n\nconst part = px.id + 1;\npart').outcome;
  await before.run("%%px\nthrow new RangeError('too far ' + px.id)").outcome;
  await before.run("%%px --noblock --targets 1\nconsole.log('text');\ndisplay('shown');\n[part]")
    .outcome;
  const was = before.px.history();
  await Promise.all(was.map(({ settled }) => settled));
  const shown = was.map(({ outputs }) => outputs);
  await before.session.close({ restart: true });

  const after = space.open('kernel-a');
  expect(after.px.last()).toBeUndefined();
  await after.session.recover();

  const history = after.px.history();
  expect(history.map(({ outputs }) => outputs)).toEqual(shown);
  expect(history.map(({ messageIds }) => messageIds)).toEqual(
    was.map(({ messageIds }) => messageIds),
  );
  expect(await after.px.last()).toEqual([[2]]);
  await expect(history[1]).rejects.toMatchObject({ name: 'CompositeError' });
  const { 'text/plain': text = '', 'text/html': html } = bundleOf(history);
  expect(text.split('\n').map((line) => line.replaceAll(/ {2,}/g, '|'))).toEqual([
    'cell|code|engines|status|started|time',
    expect.stringMatching(
      /^Cell \[1\], before the restart\|const part = px.id \+ 1;\|0–1\|done\|\d\d:\d\d:\d\d\|\d+\.\d\d s$/,
    ),
    expect.stringMatching(/^Cell \[2\].*\|throw new RangeError.*\|0–1\|failed\|/),
    expect.stringMatching(/^Cell \[3\].*\|console.log\('text'\);\|1\|done\|/),
  ]);
  expect(html).toContain('<td style="text-align:left">const part = px.id + 1;</td>');
  await after.run('%px 1').outcome;
  expect(after.px.history()).toHaveLength(4);
  expect(after.told).toEqual(["Found this notebook's cluster again: 2 engines."]);
});

test('a cell that runs over a restart is followed to its end, with its outputs from the first', async () => {
  const before = space.open('kernel-a');
  await before.px.start({ n: 2 });
  const lines = 3000;
  before.run(`%%px --noblock
    for (let line = 0; line < ${lines}; line++) {
      console.log(line);
      if (line === 1000) ${gate('half')}
      if (line % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    px.id`);
  await until(() => before.px.last() !== undefined, { timeoutMs: 20_000 });
  await shows(before.px.last(), '900\n');
  await before.session.close({ restart: true });

  const after = space.open('kernel-a');
  await after.session.recover();

  const last = after.px.last();
  expect(last?.tasks).toMatchObject([{ status: 'running' }, { status: 'running' }]);
  expect(last?.outputs[0]?.stdout).toMatch(/^0\n1\n/);
  expect(bundleOf(after.px.history())['text/plain']).toContain('running, 0 of 2 done');
  open('half');
  expect(await last).toEqual([0, 1]);
  const all = Array.from({ length: lines }, (_, line) => `${line}\n`).join('');
  expect(last?.outputs.map(({ stdout }) => stdout)).toEqual([all, all]);
});

test('two notebooks on one cluster each find their own results, on the cluster that they used', async () => {
  await using first = await shared(1, 'first');
  await using second = await shared(1, 'second');
  const [a, b] = [space.open('kernel-a'), space.open('kernel-b')];
  await a.px.connect({ clusterId: 'second' });
  await b.px.connect({ clusterId: 'second' });
  await a.run("%px console.log('of a')").outcome;
  await b.run("%px console.log('of b')").outcome;
  await a.run("%px console.log('a again')").outcome;
  const textsOf = (results: readonly AsyncResult<unknown>[]): unknown[] =>
    results.map(({ outputs }) => outputs[0]?.stdout);
  expect(textsOf(a.px.history())).toEqual(['of a\n', 'a again\n']);
  expect(textsOf(b.px.history())).toEqual(['of b\n']);
  await a.session.close({ restart: true });

  const after = space.open('kernel-a');
  await after.session.recover();

  expect(textsOf(after.px.history())).toEqual(['of a\n', 'a again\n']);
  expect(await after.run('%px 1').outcome).toEqual({ status: 'ok' });
  expect(after.session.connected?.connectionFile).toContain('second');
  const stranger = space.open('kernel-c');
  await stranger.session.recover();
  expect(stranger.session.connected).toBeUndefined();
  expect(stranger.px.history()).toHaveLength(0);
  expect(first.clusterId).not.toBe(second.clusterId);
});

test('a notebook without a cluster finds nothing, and starts none', async () => {
  const notebook = space.open('kernel-a');

  await notebook.session.recover();

  expect(notebook.px.last()).toBeUndefined();
  expect(String(bundleOf(notebook.px.history())['text/plain'])).toMatch(/^No results yet/);
  expect(await Cluster.list(space.profileDir)).toEqual([]);
});
