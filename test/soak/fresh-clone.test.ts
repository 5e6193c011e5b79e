import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ask, type Extensions, type KernelSpecs, NpmStart } from '../support/npm-start.js';
import { openSandbox } from '../support/sandbox.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { encoding: 'utf8' });
}

test('in a fresh clone with an empty home folder, npm start serves JupyterLab with kernel and panel, and installs nothing the second time', async () => {
  const sandbox = await openSandbox();
  const folder = join(sandbox.folder, 'a clone'); // paths have spaces
  git('clone', '--quiet', '--no-hardlinks', root, folder);

  const first = new NpmStart(sandbox, { folder, timeoutMs: 25 * 60_000 });
  const coldMs = await msUntilServed(first);
  const url = await first.served();
  const { kernelspecs } = await ask<KernelSpecs>(url, 'api/kernelspecs');
  const extensions = await ask<Extensions>(url, 'lab/api/extensions');
  first.process.kill('SIGINT');
  expect(await first.exited).toBe(0);
  const second = new NpmStart(sandbox, { folder });
  const warmMs = await msUntilServed(second);
  second.process.kill('SIGINT');
  expect(await second.exited).toBe(0);

  console.log(`${first.text}\n${second.text}`);
  console.log(`served after ${seconds(coldMs)}, the second time after ${seconds(warmMs)}`);
  expect(kernelspecs['pxlab']?.spec.argv).toContain(join(folder, 'lib', 'kernel', 'main.js'));
  expect(extensions.find(({ name }) => name === 'pxlab')).toMatchObject({ enabled: true });
  expect(first.text).toContain('Installing packages');
  expect(second.text).not.toContain('Installing');
  expect(git('-C', folder, 'status', '--porcelain')).toBe('');
  await sandbox.expectNothingLeft();
});

async function msUntilServed(lab: NpmStart): Promise<number> {
  const beganMs = performance.now();
  await lab.served();
  return performance.now() - beganMs;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
