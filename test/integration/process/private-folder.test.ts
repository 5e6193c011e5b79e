import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { userInfo } from 'node:os';
import { expect, test } from 'vitest';
import { until } from '../../../lib/base/clock.js';
import { jupyterConnectionFile } from '../../../lib/wire/jupyter-connection.js';
import { ipcConnection } from '../../support/jupyter-client.js';
import { pxcluster, start } from '../../support/run-process.js';
import { openSandbox } from '../../support/sandbox.js';

const kernelMain = fileURLToPath(new URL('../../../lib/kernel/main.js', import.meta.url));

test('what a kernel leaves that is killed while it makes its pipes is swept', async () => {
  const sandbox = await openSandbox();
  const bin = join(sandbox.folder, 'bin');
  const began = join(sandbox.folder, 'began');
  const connectionFile = join(sandbox.folder, 'kernel-1.json');
  await mkdir(bin);
  await writeFile(join(bin, 'mkfifo'), `#!/bin/sh\n: > ${began}; sleep 60\n`, { mode: 0o755 });
  await writeFile(connectionFile, jupyterConnectionFile(ipcConnection(sandbox.folder)));
  const kernel = await start(sandbox, {
    command: process.execPath,
    args: [kernelMain, connectionFile],
    env: { PATH: `${bin}:${process.env['PATH'] ?? ''}` },
  });
  const hasBegun = () =>
    readFile(began).then(
      () => true,
      () => false,
    );
  expect(await until(hasBegun, { timeoutMs: 10_000 })).toBe(true);

  kernel.child.signalGroup('SIGKILL');
  await kernel.child.exited;
  const left = await readdir(join(sandbox.folder, 't', `pxlab-${userInfo().uid}`));
  const { text } = await pxcluster(sandbox, 'clean');

  expect(left).toHaveLength(1);
  expect(text).toContain(left[0]);
  await sandbox.expectNothingLeft();
});
