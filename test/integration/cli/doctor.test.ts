import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { pythonPath } from '../../support/python.js';
import { pxcluster } from '../../support/run-process.js';
import { openSandbox, type Sandbox } from '../../support/sandbox.js';

interface Report {
  readonly checks: readonly { check: string; verdict: string; text: string }[];
}

/** An environment with a kernel of its own, which tests may spoil; with the tests' Jupyter if need be. */
async function makePrefix(
  sandbox: Sandbox,
  { hasJupyter = false } = {},
): Promise<{ prefix: string; kernelFile: string }> {
  const prefix = join(sandbox.folder, 'prefix');
  await mkdir(join(prefix, 'bin'), { recursive: true });
  for (const name of hasJupyter ? ['python3', 'jupyter'] : []) {
    const script = `#!/bin/sh\nJUPYTER_PATH=${prefix}/share/jupyter exec ${join(dirname(pythonPath()), name)} "$@"\n`;
    await writeFile(join(prefix, 'bin', name), script, { mode: 0o755 });
  }
  const { code } = await pxcluster(sandbox, 'install', '--prefix', prefix);
  expect(code).toBe(0);
  return { prefix, kernelFile: join(prefix, 'share/jupyter/kernels/pxlab/kernel.json') };
}

test('a machine in order is told line by line, kernel and cluster really start, and nothing is left', async () => {
  const sandbox = await openSandbox();
  const { prefix } = await makePrefix(sandbox, { hasJupyter: true });

  const { code, text } = await pxcluster(sandbox, 'doctor', '--prefix', prefix);

  const lines = text.trim().split('\n');
  expect(lines.filter((line) => line.startsWith('✗'))).toEqual([]);
  expect(text).toMatch(/^✓ Python 3\.\d+\.\d+/m);
  expect(text).toMatch(/^✓ JupyterLab 4\.\d+/m);
  expect(text).toContain(`✓ The kernel is installed: ${prefix}/share/jupyter/kernels/pxlab`);
  expect(text).toMatch(/^✓ A kernel started and answered in \d+\.\d s\.$/m);
  expect(text).toMatch(/^✓ A cluster of one engine started, computed and stopped in \d+\.\d s\.$/m);
  expect(lines.at(-1)).toBe('pxlab can work here.');
  expect(code).toBe(0);
  await sandbox.expectNothingLeft();
});

test('a Node that was moved after the installation is found out, and the exit code says so', async () => {
  const sandbox = await openSandbox();
  const { prefix, kernelFile } = await makePrefix(sandbox);
  const node = join(sandbox.folder, 'node');
  await symlink(process.execPath, node);
  const spec = await readFile(kernelFile, 'utf8');
  await writeFile(kernelFile, spec.replace(process.execPath, `${node}-moved`));
  await mkdir(join(sandbox.profileDir, 'security'), { recursive: true });
  await chmod(join(sandbox.profileDir, 'security'), 0o755);

  const args = ['doctor', '--quick', '--json', '--prefix', prefix];
  const { code, text } = await pxcluster(sandbox, ...args);

  const { checks } = JSON.parse(text) as Report;
  const byName = new Map(checks.map((each) => [each.check, each]));
  expect(byName.get('kernel')?.verdict).toBe('bad');
  expect(byName.get('kernel')?.text).toContain(`${node}-moved, which is not there any more`);
  expect(byName.get('connection files')?.verdict).toBe('doubtful');
  expect(byName.has('cluster trial')).toBe(false);
  expect(code).toBe(1);
});

test('a kernel that ends before it answers is told with its last words', async () => {
  const sandbox = await openSandbox();
  const { prefix, kernelFile } = await makePrefix(sandbox);
  const spec = JSON.parse(await readFile(kernelFile, 'utf8')) as { argv: string[] };
  spec.argv[2] = '{no such file}';
  spec.argv.splice(2, 0, '--eval', "console.error('no room'); process.exit(7); // main.js");
  await writeFile(kernelFile, JSON.stringify(spec));

  const { code, text } = await pxcluster(sandbox, 'doctor', '--prefix', prefix);

  expect(text).toMatch(
    /^✗ A kernel was started, and did not answer: it ended with exit code 7\. no room$/m,
  );
  expect(code).toBe(1);
  await sandbox.expectNothingLeft();
});
