import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { pythonPath } from '../support/python.js';
import { openSandbox } from '../support/sandbox.js';

const script = fileURLToPath(new URL('./kernel_tests.py', import.meta.url));

test("Jupyter's own tests of kernels pass with every sample given, and none is skipped", async () => {
  const { env, folder } = await openSandbox();

  const { stderr } = await promisify(execFile)(pythonPath(), [script], {
    env: { ...process.env, ...env },
    cwd: folder,
  });

  expect(stderr).toMatch(/^Ran 15 tests in [\d.]+s\n\nOK\n$/m); // skipped ones would follow the OK
  expect(stderr.match(/\.\.\. ok$/gm)).toHaveLength(15);
});
