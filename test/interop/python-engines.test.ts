import { Client, Cluster } from 'pxlab';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { type StartedKernel, startKernel } from '../support/jupyter-client.js';
import { startPythonCluster, startPythonEngine } from '../support/python-cluster.js';
import { openSandbox } from '../support/sandbox.js';

/** A kernel with the cluster of Python engines that `ipcluster start` has made in its profile. */
async function notebookWithPython(n: number): Promise<StartedKernel> {
  const kernel = await startKernel();
  onTestFinished(() => kernel[Symbol.asyncDispose]());
  const profileDir = join(kernel.folder, 'ipython', 'profile_default');
  const { connectionFile } = await startPythonCluster(n, { profileDir, env: {} });
  await using client = await Client.connect({ connectionFile, timeoutMs: 30_000 });
  await client.waitForEngines(n, { timeoutMs: 60_000 });
  return kernel;
}

test('cells of a notebook are Python on Python engines, with their outputs, displays and tracebacks', async () => {
  const { client } = await notebookWithPython(2);

  const hello = await client.execute("%%px\nimport os\nprint('hello from Python')\n6 * 7");
  const failed = await client.execute('%%px --targets 0\ndef f():\n    return 1 / 0\nf()');
  const drawn = await client.execute(
    "%%px --targets 1\nfrom IPython.display import HTML, display\ndisplay(HTML('<b>drawn</b>'))",
  );
  const pulled = await client.execute("%px x = [1, 2.5]\nawait px.pull('x')");
  await client.execute("await px.push({ word: 'TypeScript' });");
  const pushed = await client.execute('%px print(word)');

  expect(hello.stdout).toContain('[stdout:0] hello from Python\n');
  expect(hello.stdout).toContain('[stdout:1] hello from Python\n');
  expect(JSON.stringify(hello.outputs)).toMatch(/Out\[0,1:\d+\]: 42/);
  expect(failed.error?.ename).toBe('ZeroDivisionError');
  expect(stripVTControlCharacters(failed.error?.traceback.join('\n') ?? '')).toContain(
    'return 1 / 0',
  );
  expect(JSON.stringify(drawn.outputs)).toContain('<b>drawn</b>');
  expect(pulled.result).toBe('[ [ 1, 2.5 ], [ 1, 2.5 ] ]');
  expect(pushed.stdout).toContain('[stdout:1] TypeScript\n');
});

test("what a notebook ran on Python engines is found again among its calls, with all its engines' parts", async () => {
  const { profileDir } = await openSandbox();
  await using cluster = await Cluster.start({
    ...{ n: 1, profileDir, clusterId: '', owner: null, tcp: true },
  });
  await using client = await cluster.connect();
  await Promise.all([startPythonEngine(profileDir), startPythonEngine(profileDir)]);
  await client.waitForEngines(3, { timeoutMs: 60_000 });
  const python = client.engines.filter(({ language }) => language === 'python').map(({ id }) => id);
  const call = { id: 'call-1', notebook: 'kernel-a', title: "print('é')", cell: 'Cell [4]' };
  const result = client.direct(python).execute("print('é')", { silent: false, call });
  await result;

  const [found, ...others] = await client.recordedCalls('kernel-a');
  if (found === undefined) throw new Error('the call was not found');
  const recalled = client.recall(found, 1000);
  await recalled.isLoaded;

  const { messageIds } = result;
  expect({ found, others }).toMatchObject({ found: { cell: 'Cell [4]', messageIds }, others: [] });
  expect(recalled.result.outputs.map(({ stdout }) => stdout)).toEqual(['é\n', 'é\n']);
});
