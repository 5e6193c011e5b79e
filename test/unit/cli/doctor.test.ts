import { expect, test } from 'vitest';
import * as judge from '../../../lib/cli/doctor/findings.js';
import { parseKernelCommand } from '../../../lib/wire/kernel-spec.js';

const kernel = {
  folder: '/data/kernels/pxlab',
  node: '/opt/node/bin/node',
  nodeVersion: '22.4.0',
  main: '/lib/kernel/main.js',
  version: '1.2.3',
};
const kernelFacts = { kernel, searched: ['/data', '/more'], hasJupyter: true, ownVersion: '1.2.3' };

test.each([
  ['20.19.0', 'good'],
  ['20.18.3', 'bad'],
  ['18.20.0', 'bad'],
  ['100.1.0', 'good'],
])('Node %s is %s', (version, verdict) => {
  expect(judge.judgeNode({ version, path: '/n' }).verdict).toBe(verdict);
});

test('a Python that is missing or too old says what needs it', () => {
  expect(judge.judgePython(undefined)).toMatchObject({ verdict: 'doubtful' });
  expect(judge.judgePython({ path: '/p', version: '3.9.2' }).text).toMatch(/older than 3\.10/);
  expect(judge.judgePython({ path: '/p', version: '3.13.0' }).verdict).toBe('good');
});

test('a Jupyter that is missing, without JupyterLab or too old says how to get one', () => {
  expect(judge.judgeJupyter(undefined).text).toContain('pip install jupyterlab');
  expect(judge.judgeJupyter({ path: '/j', version: '' }).text).toContain('No JupyterLab');
  expect(judge.judgeJupyter({ path: '/j', version: '3.6.1' }).verdict).toBe('doubtful');
  expect(judge.judgeJupyter({ path: '/j', version: '4.6.6' }).verdict).toBe('good');
});

test('a kernel that is in order is told with its folder', () => {
  expect(judge.judgeKernel(kernelFacts)).toEqual({
    verdict: 'good',
    text: 'The kernel is installed: /data/kernels/pxlab',
  });
});

test.each([
  [{ nodeVersion: undefined }, 'starts with /opt/node/bin/node, which is not there any more'],
  [{ nodeVersion: '18.0.0' }, 'starts with Node 18.0.0, too old'],
  [{ version: undefined }, 'needs /lib/kernel/main.js, which is not there any more'],
  [{ version: '1.0.0' }, 'is version 1.0.0, and this is 1.2.3'],
])('a kernel with %j is bad, and is to be installed again', (change, words) => {
  const { verdict, text } = judge.judgeKernel({
    ...kernelFacts,
    kernel: { ...kernel, ...change },
  });

  expect(verdict).toBe('bad');
  expect(text).toContain(words);
  expect(text).toContain('run `pxcluster install` again');
});

test('a missing kernel is bad where there is a Jupyter to use it', () => {
  const missing = { ...kernelFacts, kernel: undefined };

  expect(judge.judgeKernel(missing)).toEqual({
    verdict: 'bad',
    text: 'The kernel is not installed in /data, /more: run `pxcluster install`.',
  });
  expect(judge.judgeKernel({ ...missing, hasJupyter: false }).verdict).toBe('doubtful');
});

test('a panel of another version is bad, none is doubtful', () => {
  const panel = { folder: '/p', version: '1.0.0' };

  expect(judge.judgePanel({ panel, ownVersion: '1.2.3' }).verdict).toBe('bad');
  expect(judge.judgePanel({ panel: undefined, ownVersion: '1.2.3' }).verdict).toBe('doubtful');
  expect(judge.judgePanel({ panel, ownVersion: '1.0.0' }).verdict).toBe('good');
});

test('a compiler that is not prepared is doubtful, and what prepares it is named', () => {
  expect(judge.judgeSnapshot('/cache/1.blob')).toMatchObject({ verdict: 'good' });
  expect(judge.judgeSnapshot(undefined)).toMatchObject({
    verdict: 'doubtful',
    text: expect.stringContaining('`pxcluster install`') as string,
  });
});

test("a container's 64 MB of shared memory are doubtful, and Docker's flag is named", () => {
  const small = { sizeBytes: 64 * 2 ** 20, freeBytes: 64 * 2 ** 20 };

  expect(judge.judgeSharedMemory(small)).toEqual({
    verdict: 'doubtful',
    text:
      '/dev/shm has 64 MB, 64 MB of it free, little for programs that share memory: free some, or give ' +
      'a container more (docker run --shm-size=1g).',
  });
  expect(judge.judgeSharedMemory({ sizeBytes: 2 ** 33, freeBytes: 2 ** 32 })?.text).toBe(
    '/dev/shm has 8.0 GB, 4.0 GB of it free.',
  );
  expect(judge.judgeSharedMemory(undefined)).toBeUndefined();
});

test.each([
  [256, 'doubtful'],
  [1024, 'good'],
  [Infinity, 'good'],
])('a limit of %d open files is %s', (limit, verdict) => {
  expect(judge.judgeOpenFiles(limit)?.verdict).toBe(verdict);
});

test.each([
  [{ mode: 0o40700, isOurs: true, isWritable: true }, 'good', 'which only this user can enter'],
  [{ mode: 0o40755, isOurs: true, isWritable: true }, 'doubtful', 'chmod 700 /s'],
  [{ mode: 0o40700, isOurs: false, isWritable: true }, 'bad', 'another user'],
  [{ mode: 0o40500, isOurs: true, isWritable: false }, 'bad', 'may not write to /s'],
  [undefined, 'good', 'will be in /s'],
])('a folder for connection files with %j is %s', (found, verdict, words) => {
  const judged = judge.judgeSecurityFolder({ path: '/s', found });

  expect(judged.verdict).toBe(verdict);
  expect(judged.text).toContain(words);
});

test('clusters that died are named with what removes their files', () => {
  const clusters = [
    { clusterId: '', state: 'dead' },
    { clusterId: 'big', state: 'damaged' },
    { clusterId: 'ours', state: 'running' },
  ] as const;

  expect(judge.judgeClusters(clusters).text).toBe(
    'Clusters died and left files (the one without an id, big): run `pxcluster clean`.',
  );
  expect(judge.judgeClusters(clusters.slice(2)).text).toBe('Clusters that run: 1.');
});

test('each finding is a line with its mark, and the last line counts what is bad', () => {
  const bad = { check: 'a', ...judge.judgeZeromq('no such file') };
  const good = { check: 'b', ...judge.judgeZeromq(undefined) };

  expect(judge.lineOf(bad)).toBe(
    '✗ ZeroMQ cannot be loaded (no such file): install pxlab anew on this machine.',
  );
  expect(judge.lineOf(good)).toBe('✓ ZeroMQ loads.');
  expect(judge.summaryOf([good])).toBe('pxlab can work here.');
  expect(judge.summaryOf([good, bad])).toBe('One thing is to be mended (✗).');
  expect(judge.summaryOf([bad, bad])).toBe('2 things are to be mended (✗).');
});

test.each(['', '{', '{"argv": 7}', 'null'])('a damaged kernel spec %j has no command', (text) => {
  expect(parseKernelCommand(text)).toBeUndefined();
});
