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

test('a client of ours runs Python and exchanges plain values and numpy arrays', async () => {
  const sandbox = await openSandbox();
  const { connectionFile } = await startPythonCluster(2, sandbox);
  await using client = await Client.connect({ connectionFile, timeoutMs: 30_000 });
  await client.waitForEngines(2, { timeoutMs: 60_000 });
  const view = client.direct('all');

  await view.execute(
    'import numpy as np\na = np.arange(6.).reshape(2, 3)\nbig = np.ones(100_000, "i4")\nd = {"k": [1, None, (2.5, "é")]}',
  );
  const [[a, big, d]] = (await view.pull(['a', 'big', 'd'])) as [
    [Float64Array & { shape: number[] }, Int32Array, unknown],
    unknown,
  ];
  const large = new Float64Array(50_000).fill(2);
  await view.push({ n: 3, text: 'é', list: [1, { x: true }], large, bytes: Buffer.from('b') });
  const printed = view.execute('print(n, text, list, large.sum(), large.dtype, bytes)', {
    silent: false,
  });
  await printed;

  expect(a).toEqual(Float64Array.of(0, 1, 2, 3, 4, 5));
  expect(a.shape).toEqual([2, 3]);
  expect(big).toEqual(new Int32Array(100_000).fill(1));
  expect(d).toEqual({ k: [1, null, [2.5, 'é']] });
  expect(printed.outputs.map(({ stdout }) => stdout)).toEqual(
    Array(2).fill("3 é [1, {'x': True}] 100000.0 float64 b'b'\n"),
  );
  await expect(view.pull('missing')).rejects.toThrow("name 'missing' is not defined");
});

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

test('one group holds engines of both languages: cells choose, variables go to all', async () => {
  const kernel = await startKernel();
  onTestFinished(() => kernel[Symbol.asyncDispose]());
  const profileDir = join(kernel.folder, 'ipython', 'profile_default');
  await using cluster = await Cluster.start({
    ...{ n: 1, profileDir, clusterId: '', owner: null, tcp: true },
  });
  await startPythonEngine(profileDir);
  await using watcher = await cluster.connect();
  await watcher.waitForEngines(2, { timeoutMs: 60_000 });
  const { client } = kernel;

  const both = await client.execute('%%px\nprint(1)');
  const typescript = await client.execute(
    '%%px --targets typescript\nconst half: number = 1 / 2;\nhalf',
  );
  const python = await client.execute('%%px --targets python\nhalf = 1 / 4\nprint(half)');
  const pulled = await client.execute(
    "await px.push({ n: 5 });\nawait px.pull(['half', 'n'] as any)",
  );
  const listed = await client.execute(
    '(await px.status()).engines.map(({ language }) => language)',
  );

  expect(both.error?.evalue).toBe(
    'This cell is aimed at engines of two languages: TypeScript on engine 0, Python on engine 1. ' +
      'Choose with --targets typescript or --targets python.',
  );
  expect(JSON.stringify(typescript.outputs)).toContain('Out[0:1]: 0.5');
  expect(python.stdout).toContain('[stdout:1] 0.25\n');
  expect(pulled.result).toBe('[ [ 0.5, 5 ], [ 0.25, 5 ] ]');
  expect(listed.result).toBe("[ 'typescript', 'python' ]");
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
