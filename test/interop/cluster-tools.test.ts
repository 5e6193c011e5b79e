import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { Child } from '../../lib/process/child.js';
import { pythonPath } from '../support/python.js';
import { pxcluster } from '../support/run-process.js';
import { openSandbox, type Sandbox } from '../support/sandbox.js';

/** Runs one of ipyparallel's own programs, or Python itself, in the sandbox. */
async function run(sandbox: Sandbox, program: string, ...args: string[]) {
  const child = await Child.spawn({
    command: join(dirname(pythonPath()), program),
    args,
    env: { ...process.env, ...sandbox.env, IPYTHONDIR: join(sandbox.folder, 'home', '.ipython') },
    output: 'capture',
  });
  return { ...(await child.exited), text: await child.captured };
}

test("ipyparallel's ipcluster lists a cluster of ours and stops it, and ours knows it meanwhile", async () => {
  const sandbox = await openSandbox();
  const place = ['--profile-dir', sandbox.profileDir];
  await pxcluster(sandbox, 'start', '--detach', '-n', '2', ...place);

  const listed = await run(sandbox, 'ipcluster', 'list', ...place);
  const status = await pxcluster(sandbox, 'status', '--json', ...place);
  const stopped = await run(sandbox, 'ipcluster', 'stop', ...place);

  expect(listed.text).toMatch(/'' +True +2 +Local/);
  expect(JSON.parse(status.text)).toMatchObject({ engines: [{ id: 0 }, { id: 1 }] });
  expect(stopped.code).toBe(0);
  await sandbox.expectNothingLeft();
});

test("ipyparallel's client joins a cluster of ours by its connection file, over TCP with CurveZMQ", async () => {
  const sandbox = await openSandbox();
  await pxcluster(sandbox, 'start', '--detach', '-n', '2');
  const script = `
import ipyparallel
client = ipyparallel.Client(profile_dir=${JSON.stringify(sandbox.profileDir)})
result = client[:].execute('console.log(6 * 7)', silent=False)
result.wait(20)
result.wait_for_output(20)
print(client.ids, result.stdout)`;

  const { text } = await run(sandbox, 'python', '-c', script);
  await pxcluster(sandbox, 'stop');

  expect(text).toContain("[0, 1] ['42\\n', '42\\n']");
  await sandbox.expectNothingLeft();
});
