import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Child } from '../../../lib/process/child.js';
import { openSandbox, type Sandbox } from '../../support/sandbox.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Packages of our own, so that the panel is there or not as the test wants it. */
const packages = await mkdtemp(join(tmpdir(), 'pxlab-packages-'));

beforeAll(async () => {
  for (const name of ['with-panel', 'without']) {
    const folder = join(packages, name);
    await cp(join(root, 'lib'), join(folder, 'lib'), { recursive: true });
    await cp(join(root, 'python'), join(folder, 'python'), { recursive: true });
    await cp(join(root, 'package.json'), join(folder, 'package.json'));
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  }
  const panel = join(packages, 'with-panel', 'labextension');
  await mkdir(join(panel, 'static'), { recursive: true });
  await writeFile(join(panel, 'package.json'), '{ "name": "pxlab" }');
  await writeFile(join(panel, 'static', 'style.js'), '');
  // Theirs as of a build, so that not every installation makes one.
  for (const name of ['with-panel', 'without']) {
    const module = join(packages, name, 'lib', 'compiler', 'snapshot-file.js');
    const program = `const { makeOwnSnapshot } = await import('${module}'); await makeOwnSnapshot();`;
    const args = ['--input-type=module', '--eval', program];
    const child = await Child.spawn({ command: process.execPath, args, output: 'capture' });
    expect([await child.captured, (await child.exited).code]).toEqual(['', 0]);
  }
});

afterAll(() => rm(packages, { recursive: true, force: true }));

/** `pxcluster install` of a package with or without a panel. */
function installer(sandbox: Sandbox, { hasPanel }: { hasPanel: boolean }) {
  const folder = join(packages, hasPanel ? 'with-panel' : 'without');
  return async (...args: readonly string[]): Promise<{ code: number | null; text: string }> => {
    const child = await Child.spawn({
      command: process.execPath,
      args: [join(folder, 'lib', 'cli', 'main.js'), 'install', ...args],
      env: { ...process.env, ...sandbox.env },
      output: 'capture',
    });
    const { code } = await child.exited;
    return { code, text: await child.captured };
  };
}

async function treeOf(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true }).catch(() => ['(not there)'])).sort();
}

test.each([
  { name: 'a folder that is not there', before: undefined },
  { name: 'an empty folder', before: [] },
  { name: 'an environment with other kernels', before: ['share/jupyter/kernels/python3', 'bin'] },
  { name: 'empty folders of our name', before: ['share/jupyter/kernels/pxlab'] },
])('kernel and panel go into $name, and --remove leaves it as it was', async ({ before }) => {
  const sandbox = await openSandbox();
  const install = installer(sandbox, { hasPanel: true });
  const prefix = join(sandbox.folder, 'a prefix');
  if (before !== undefined) await mkdir(prefix);
  for (const path of before ?? []) await mkdir(join(prefix, path), { recursive: true });
  const treeBefore = await treeOf(prefix);

  const first = await install('--prefix', prefix);
  const second = await install('--prefix', prefix);
  const installed = await treeOf(join(prefix, 'share', 'jupyter'));
  const removed = await install('--prefix', prefix, '--remove');

  expect([first.code, second.code, removed.code]).toEqual([0, 0, 0]);
  expect(installed).toEqual(
    expect.arrayContaining([
      'kernels/pxlab/kernel.json',
      'kernels/pxlab/logo-svg.svg',
      'labextensions/pxlab/package.json',
      'labextensions/pxlab/static/style.js',
    ]),
  );
  expect(first.text).toContain(`Installed the panel: ${prefix}/share/jupyter/labextensions/pxlab`);
  expect(await treeOf(prefix)).toEqual(treeBefore);
});

test('an environment with nbconvert gets our part for it, as pip would install it, and loses it again', async () => {
  const sandbox = await openSandbox();
  const install = installer(sandbox, { hasPanel: false });
  const packages = join(sandbox.folder, 'lib', 'python3.11', 'site-packages');
  const older = join(packages, 'pxlab_jupyter-0.0.1.dist-info');
  for (const path of [join(packages, 'nbconvert'), older]) await mkdir(path, { recursive: true });
  await writeFile(join(older, 'METADATA'), '');

  const { text } = await install('--prefix', sandbox.folder, '--json');
  const installed = await treeOf(packages);
  await install('--prefix', sandbox.folder, '--remove');

  expect(JSON.parse(text)).toMatchObject({ python: join(packages, 'pxlab_jupyter') });
  expect(installed).toEqual(
    expect.arrayContaining([
      'pxlab_jupyter/papermill.py',
      'pxlab_jupyter/nbconvert.py',
      'pxlab_jupyter-0.1.0.dist-info/entry_points.txt',
    ]),
  );
  expect(installed).not.toContain('pxlab_jupyter-0.0.1.dist-info');
  expect(await treeOf(packages)).toEqual(['nbconvert']);
});

test('an installation replaces an older one wholly, also one that was linked for development', async () => {
  const sandbox = await openSandbox();
  const install = installer(sandbox, { hasPanel: true });
  const data = join(sandbox.folder, 'share', 'jupyter');
  const source = join(sandbox.folder, 'source');
  await mkdir(source);
  await writeFile(join(source, 'mine.txt'), 'kept');
  await mkdir(join(data, 'labextensions'), { recursive: true });
  await symlink(source, join(data, 'labextensions', 'pxlab'));
  await mkdir(join(data, 'kernels', 'pxlab'), { recursive: true });
  await writeFile(join(data, 'kernels', 'pxlab', 'stale.js'), '');

  const { code } = await install('--prefix', sandbox.folder);

  expect(code).toBe(0);
  expect(await treeOf(join(data, 'kernels', 'pxlab'))).not.toContain('stale.js');
  expect(await treeOf(join(data, 'labextensions', 'pxlab'))).toContain('package.json');
  expect(await treeOf(source)).toEqual(['mine.txt']);
});

test('what others put beside it in the meantime stays when it is removed', async () => {
  const sandbox = await openSandbox();
  const install = installer(sandbox, { hasPanel: true });
  const prefix = join(sandbox.folder, 'prefix');
  await install('--prefix', prefix);
  await mkdir(join(prefix, 'share', 'jupyter', 'kernels', 'other'));

  await install('--prefix', prefix, '--remove');

  expect(await treeOf(prefix)).toEqual([
    'share',
    'share/jupyter',
    'share/jupyter/kernels',
    'share/jupyter/kernels/other',
  ]);
});

test('the kernel starts with the Node and the files that installed it, and a source tree says that the panel is not built', async () => {
  const sandbox = await openSandbox();
  const install = installer(sandbox, { hasPanel: false });

  const { text } = await install('--prefix', sandbox.folder);

  const file = join(sandbox.folder, 'share', 'jupyter', 'kernels', 'pxlab', 'kernel.json');
  const spec = JSON.parse(await readFile(file, 'utf8')) as { argv: string[] };
  expect(spec.argv).toEqual([
    process.execPath,
    '--no-force-async-hooks-checks',
    '--inspect-publish-uid=http',
    join(packages, 'without', 'lib', 'kernel', 'main.js'),
    '{connection_file}',
  ]);
  expect(text).toContain('The panel is not built: run `npm run build` in');
});

test('--user installs for this user, --json tells the folders', async () => {
  const sandbox = await openSandbox();
  const install = installer(sandbox, { hasPanel: true });
  const dataFolder = join(sandbox.env['HOME'] ?? '', '.local', 'share', 'jupyter');

  const { text } = await install('--user', '--json');

  expect(JSON.parse(text)).toMatchObject({
    dataFolder,
    kernel: join(dataFolder, 'kernels', 'pxlab'),
    panel: join(dataFolder, 'labextensions', 'pxlab'),
  });
});

test('what is not installed is removed with a sentence', async () => {
  const sandbox = await openSandbox();
  const install = installer(sandbox, { hasPanel: true });

  const { code, text } = await install('--prefix', join(sandbox.folder, 'nowhere'), '--remove');

  expect(code).toBe(0);
  expect(text).toBe(`Nothing of pxlab is installed in ${sandbox.folder}/nowhere/share/jupyter.\n`);
});

test('a prefix that is a file, or that this user may not change, is refused in one sentence', async () => {
  const sandbox = await openSandbox();
  const install = installer(sandbox, { hasPanel: true });
  const file = join(sandbox.folder, 'file');
  await writeFile(file, '');

  const ofFile = await install('--prefix', file);
  const ofSystem = await install('--prefix', '/sys/pxlab-test');

  expect([ofFile.code, ofSystem.code]).toEqual([1, 1]);
  expect(ofFile.text).toMatch(
    /^pxcluster: Could not change \S+: a part of the path is a file\. Name a folder that is yours with `--prefix`\.\n$/,
  );
  expect(ofSystem.text).toMatch(/^pxcluster: Could not change [^\n]*--prefix`\.\n$/);
});
