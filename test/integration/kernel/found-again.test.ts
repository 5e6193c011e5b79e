import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Cluster } from '../../../lib/cluster/cluster.js';
import { type StartedKernel, startKernel } from '../../support/jupyter-client.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pxf-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A cell for engines that prints, waits until {@link open} is called, and prints again. */
function longCell(name: string): string {
  return `%%px
import { existsSync } from 'node:fs';
console.log('begins on ' + px.id);
while (!existsSync(${JSON.stringify(join(folder, name))})) await new Promise((r) => setTimeout(r, 5));
console.log('ends on ' + px.id);
px.id * 10`;
}

function open(name: string): void {
  writeFileSync(join(folder, name), '');
}

/** What a cell makes of the last result: its texts and results by engine. */
const whole = `(await px.last()!.settled, px.last()!.outputs.map(({ stdout, result }) =>
  stdout + String(result?.data['text/plain'])))`;
const wholeOfTwo = "[ 'begins on 0\\nends on 0\\n0', 'begins on 1\\nends on 1\\n10' ]";

async function exitOf(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

test('a tab that comes back while a cell runs for engines finds all that it showed', async () => {
  await using kernel = await startKernel();
  await kernel.client.execute('await px.start({ n: 2 });');
  const pending = kernel.client.execute(longCell('tab'));
  await pending.printed('[stdout:1] begins on 1');
  await kernel.client.close();
  open('tab');

  const tab = await kernel.attach();
  const { result } = await tab.execute(whole);
  const { outputs } = await tab.execute('px.history()');

  expect(result).toBe(wholeOfTwo);
  const data = outputs[0]?.content['data'] as Record<string, string>;
  expect(data['text/plain']).toMatch(/^cell +code +engines +status +started +time\nCell \[2\] /);
  expect(data['text/html']).toContain('<table>');
});

test('a kernel that is restarted in the middle of a cell for engines finds it again', async () => {
  await using own = await startKernel();
  await own.client.execute('await px.start({ n: 2 });');
  const pending = own.client.execute(longCell('restart'));
  await pending.printed('[stdout:0] begins on 0');
  await pending.printed('[stdout:1] begins on 1');
  await own.client.control('shutdown_request', { restart: true });
  await exitOf(own.process);

  own.respawn();
  const client = await own.attach();
  const first = await client.execute(
    'px.last()!.outputs.map(({ stdout }) => stdout) + px.last()!.tasks[1]!.status',
  );
  open('restart');
  const { result } = await client.execute(whole);

  expect(first.result).toBe("'begins on 0\\n,begins on 1\\nrunning'");
  expect(result).toBe(wholeOfTwo);
  const { stdout } = await client.execute('%px 1');
  expect(stdout).toContain("Found this notebook's cluster again: 2 engines.");
});

test('of two notebooks on one cluster, one is killed: the other goes on, and the first comes back to its own', async () => {
  const env = { IPYTHONDIR: join(folder, 'ipython') };
  await using cluster = await Cluster.start({
    n: 2,
    profileDir: join(env.IPYTHONDIR, 'profile_default'),
    owner: null,
  });
  const [a, b] = await Promise.all(
    ['a', 'b'].map((kernelId) => startKernel({ kernelId, env, stderr: 'ignore' })),
  );
  await using one = a as StartedKernel;
  await using two = b as StartedKernel;
  await two.client.execute("%px console.log('of two')");
  const pending = one.client.execute(longCell('killed'));
  await pending.printed('[stdout:1] begins on 1');

  one.process.kill('SIGKILL');
  await exitOf(one.process);
  const waiting = two.client.execute('%px px.id + 1');
  open('killed');

  expect((await waiting).error).toBeUndefined();
  const { result: others } = await two.client.execute(
    'px.history().map(({ outputs }) => outputs[0]!.stdout)',
  );
  expect(others).toBe("[ 'of two\\n', '' ]");
  one.respawn();
  const client = await one.attach();
  const shown = await client.execute('%pxresult');
  expect(shown.stdout).toContain('[stdout:1] begins on 1\n[stdout:1] ends on 1\n');
  expect(JSON.stringify(shown.outputs)).toMatch(/Out\[0:\d\]: 0\\nOut\[1:\d\]: 10/);
  expect((await client.execute(whole)).result).toBe(wholeOfTwo);
  expect((await cluster.status()).engines).toHaveLength(2);
});
