import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import { Child } from '../../../lib/process/child.js';
import { LastOutput } from '../../../lib/process/last-output.js';
import { openSandbox } from '../../support/sandbox.js';

test.runIf(process.platform === 'linux')(
  'what a process wrote to a pipe that it alone reads is there after its death',
  async () => {
    const { folder, env } = await openSandbox();
    const file = join(folder, 'log');
    const script =
      'mkfifo p; exec 3<>p 2>&3; rm p; echo ready; echo last words >&2; echo said; sleep 60';
    const child = await Child.spawn({
      command: 'sh',
      args: ['-c', script],
      cwd: folder,
      env: { ...process.env, ...env },
      output: { file },
    });
    const hasSaid = async () => (await readFile(file, 'utf8')).includes('said');
    expect(await until(hasSaid, { timeoutMs: 5000 })).toBe(true);
    const output = LastOutput.of(child.pid);

    await child.end({ graceMs: 0 });

    expect(output?.take().toString()).toBe('last words\n');
    expect(LastOutput.of(child.pid)).toBeUndefined();
  },
);

test('a process whose stderr is a file keeps its words there', async () => {
  const { folder } = await openSandbox();
  const output = { file: join(folder, 'log') };
  const child = await Child.spawn({ command: 'sleep', args: ['60'], output });

  expect(LastOutput.of(child.pid)).toBeUndefined();

  await child.end({ graceMs: 0 });
});
