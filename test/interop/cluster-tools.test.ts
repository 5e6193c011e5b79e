import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Child } from '../../lib/process/child.js';
import { pythonPath } from '../support/python.js';
import { pxcluster } from '../support/run-process.js';
import { openSandbox, type Sandbox } from '../support/sandbox.js';

const cli = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url));

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

/** ipyparallel's own `Cluster`, which launches the programs that it is told to. */
const launching = (pxlab: readonly string[]): string => `
import ipyparallel, os
from traitlets.config import Config
config = Config()
command = [${JSON.stringify(process.execPath)}, ${JSON.stringify(cli)}]
for launcher, subcommand in ${JSON.stringify(pxlab.map((name) => [launchers[name], name]))}:
    setattr(config[launcher], subcommand + '_cmd', command + [subcommand])
cluster = ipyparallel.Cluster(n=2, controller_args=['--ping=250'], config=config, log_level=40)
client = cluster.start_and_connect_sync()
client.wait_for_engines(2, timeout=40)
if 'engine' in ${JSON.stringify(pxlab)}:
    result = client[:].execute('console.log(6 * 7)', silent=False)
    result.wait(20)
    result.wait_for_output(20)
    print('RESULT', [int(text) for text in result.stdout])
else:
    print('RESULT', client[:].apply_sync(lambda: 6 * 7))
client.close()
cluster.stop_cluster_sync()
print('LEFT', os.listdir(cluster.profile_dir + '/security'))`;

const launchers: Readonly<Record<string, string>> = {
  controller: 'LocalControllerLauncher',
  engine: 'LocalEngineLauncher',
};

test.each([[['controller']], [['engine']], [['controller', 'engine']]])(
  "ipyparallel's Cluster launches our %j in the place of its own",
  async (pxlab) => {
    const sandbox = await openSandbox();

    const { text } = await run(sandbox, 'python', '-c', launching(pxlab));

    expect(text).toContain('RESULT [42, 42]');
    expect(text).toContain('LEFT []');
    // The nannies of Python's own engines take their time.
    if (pxlab.includes('engine')) await sandbox.expectNothingLeft();
  },
);
