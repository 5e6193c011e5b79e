import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../../lib/base/clock.js';
import { Client } from '../../lib/client/client.js';
import { pythonPath } from '../support/python.js';
import { start, startPxcluster } from '../support/run-process.js';
import { openSandbox } from '../support/sandbox.js';

test("with ipyparallel's controller, a request that runs is found by its id, each text once", async () => {
  const sandbox = await openSandbox();
  const profileDir = join(sandbox.folder, 'python-profile');
  const controller = await start(sandbox, {
    command: pythonPath(),
    args: ['-m', 'ipyparallel.controller', `--profile-dir=${profileDir}`, '--ip=127.0.0.1'],
  });
  const fileOf = (role: string): string =>
    join(profileDir, 'security', `ipcontroller-${role}.json`);
  await until(() => existsSync(fileOf('engine')), { timeoutMs: 20_000 });
  const engine = await startPxcluster(sandbox, 'engine', `--file=${fileOf('engine')}`);
  try {
    await using client = await Client.connect({ connectionFile: fileOf('client') });
    await using other = await Client.connect({ connectionFile: fileOf('client') });
    await client.waitForEngines(1, { timeoutMs: 20_000 });
    const code = `console.log('first'); await new Promise((r) => setTimeout(r, 300));
      console.log('second'); ({ answer: 42 })`;
    const result = client.direct('all').execute(code, { silent: false });
    for await (const output of result.stream()) if (output.type === 'stream') break;

    const followed = other.result(result.messageIds);
    await followed;
    const later = other.result(result.messageIds);
    await later;

    for (const { outputs } of [followed, later]) {
      expect(outputs[0]?.stdout).toBe('first\nsecond\n');
      expect(outputs[0]?.result?.data['text/plain']).toBe('{ answer: 42 }');
    }
    expect(await other.recordedCalls('a kernel')).toEqual([]);
    await expect(other.result('no-such-id')).rejects.toThrow(/^The cluster knows no request/);
  } finally {
    for (const { child } of [engine, controller]) await child.end({ graceMs: 2000 });
  }
});
