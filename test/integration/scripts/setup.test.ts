import { execFileSync } from 'node:child_process';
import { afterEach, expect, test, vi } from 'vitest';
import { findPython } from '../../../scripts/setup.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

test('a missing Python is one sentence that says what to install', async () => {
  vi.stubEnv('PATH', '/nowhere');

  await expect(findPython()).rejects.toThrow(
    'Python 3.10 or newer with its venv module is needed, and none was found. ' +
      'Install it (Debian: apt install python3 python3-venv), or name one with PXLAB_PYTHON=/path/to/python3.',
  );
});

test('a Python that is named is asked first', async () => {
  const program = ['-c', 'import sys; print(sys.executable)'];
  const path = execFileSync(await findPython(), program, { encoding: 'utf8' }).trim();
  vi.stubEnv('PATH', '/nowhere');
  vi.stubEnv('PXLAB_PYTHON', path);

  expect(await findPython()).toBe(path);
});
