import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { pythonPath } from '../../support/python.js';

const script = fileURLToPath(new URL('../../fixtures/kernel/front-end.py', import.meta.url));
const kernelMain = fileURLToPath(new URL('../../../lib/kernel/main.js', import.meta.url));

test("Jupyter's own client runs, stops, restarts and ends the kernel", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pxk-'));
  const env = { ...process.env, HOME: folder, JUPYTER_RUNTIME_DIR: join(folder, 'runtime') };

  const { stdout } = await promisify(execFile)(
    pythonPath(),
    [script, process.execPath, kernelMain],
    { env, cwd: folder },
  );
  await rm(folder, { recursive: true, force: true });

  const seen = JSON.parse(stdout) as Record<string, unknown>;
  const resultOf = (text: string): unknown => [
    'ok',
    [['execute_result', expect.objectContaining({ data: { 'text/plain': text } })]],
  ];
  expect(seen).toEqual({
    alive: true,
    result: resultOf('42'),
    stream: ['ok', [['stream', { name: 'stdout', text: 'printed\n' }]]],
    error: 'error',
    input: resultOf("'Ada'"),
    interrupted: 'Interrupted',
    'after restart': 'error',
    fresh: resultOf('2'),
    'is alive': false,
  });
});
