import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Child } from '../../../lib/process/child.js';
import { openSandbox, type Sandbox } from '../../support/sandbox.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** A package of its own, so that the panel is there or not as the test wants it. */
async function makePackage(
  sandbox: Sandbox,
  { hasPanel }: { hasPanel: boolean },
): Promise<(...args: readonly string[]) => Promise<{ code: number | null; text: string }>> {
  const folder = join(sandbox.folder, 'package');
  for (const name of ['lib', 'package.json']) {
    await cp(join(root, name), join(folder, name), { recursive: true });
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  if (hasPanel) {
    await mkdir(join(folder, 'labextension', 'static'), { recursive: true });
    await writeFile(join(folder, 'labextension', 'package.json'), '{ "name": "pxlab" }');
    await writeFile(join(folder, 'labextension', 'static', 'style.js'), '');
  }
  return async (...args) => {
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
  const install = await makePackage(sandbox, { hasPanel: true });
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

test('an installation replaces an older one wholly, also one that was linked for development', async () => {
  const sandbox = await openSandbox();
  const install = await makePackage(sandbox, { hasPanel: true });
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
  const install = await makePackage(sandbox, { hasPanel: true });
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
  const install = await makePackage(sandbox, { hasPanel: false });

  const { text } = await install('--prefix', sandbox.folder);

  const file = join(sandbox.folder, 'share', 'jupyter', 'kernels', 'pxlab', 'kernel.json');
  const spec = JSON.parse(await readFile(file, 'utf8')) as { argv: string[] };
  expect(spec.argv).toEqual([
    process.execPath,
    '--no-force-async-hooks-checks',
    join(sandbox.folder, 'package', 'lib', 'kernel', 'main.js'),
    '{connection_file}',
  ]);
  expect(text).toContain('The panel is not built: run `npm run build` in');
});

test('--user installs for this user, --json tells the folders', async () => {
  const sandbox = await openSandbox();
  const install = await makePackage(sandbox, { hasPanel: true });
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
  const install = await makePackage(sandbox, { hasPanel: true });

  const { code, text } = await install('--prefix', join(sandbox.folder, 'nowhere'), '--remove');

  expect(code).toBe(0);
  expect(text).toBe(`Nothing of pxlab is installed in ${sandbox.folder}/nowhere/share/jupyter.\n`);
});

test('a prefix that is a file, or that this user may not change, is refused in one sentence', async () => {
  const sandbox = await openSandbox();
  const install = await makePackage(sandbox, { hasPanel: true });
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
