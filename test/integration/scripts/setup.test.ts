import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const setup = fileURLToPath(new URL('../../../scripts/setup.js', import.meta.url));

/** What set-up says of the Python that it finds with these variables. */
async function findPython(variables: Record<string, string>): Promise<string> {
  const program = `
    const { findPython } = await import(${JSON.stringify(setup)});
    try { console.log(await findPython()); } catch (error) { console.log(error.message); }`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', program],
    { env: variables },
  );
  return stdout.trim();
}

test('a missing Python is one sentence that says what to install', async () => {
  const answer = await findPython({ PATH: '/nowhere' });

  expect(answer).toBe(
    'Python 3.10 or newer with its venv module is needed, and none was found. ' +
      'Install it (Debian: apt install python3 python3-venv), or name one with PXLAB_PYTHON=/path/to/python3.',
  );
});

test('a Python that is named is asked first', async () => {
  const python = await findPython({ PATH: process.env['PATH'] ?? '' });
  const path = await promisify(execFile)(python, ['-c', 'import sys; print(sys.executable)']);

  const named = await findPython({ PATH: '/nowhere', PXLAB_PYTHON: path.stdout.trim() });

  expect(named).toBe(path.stdout.trim());
});
