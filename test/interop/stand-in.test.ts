import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../../lib/base/clock.js';
import { pythonPath } from '../support/python.js';
import { type Running, start, startPxcluster } from '../support/run-process.js';
import { openSandbox, type Sandbox } from '../support/sandbox.js';
import {
  connectTo,
  ended,
  fileSays,
  readInfos,
  securityFile,
  startController,
} from '../support/stand-ins.js';

function startPython(sandbox: Sandbox, ...args: readonly string[]): Promise<Running> {
  return start(sandbox, { command: pythonPath(), args });
}

/** One of ipyparallel's engines, with `id`. */
async function startIpengine(sandbox: Sandbox, id: number): Promise<Running> {
  const program = join(dirname(pythonPath()), 'ipengine');
  return startPython(sandbox, program, `--IPEngine.id=${id}`, '--log-level=ERROR');
}

/** A client that goes on when its controller is replaced: twice, as the files `go-1` and `go-2` tell. */
const lasting = (sandbox: Sandbox): string => `
import ipyparallel, os, time
client = ipyparallel.Client('${securityFile(sandbox, 'client')}', timeout=30)
client.wait_for_engines(2, timeout=30)
print('BEFORE', client.ids, client[1].apply_sync(lambda: 6 * 7), flush=True)
for count in [1, 2]:
    while not os.path.exists(f'${join(sandbox.folder, 'go')}-{count}'):
        time.sleep(0.05)
    print(f'AFTER {count}', client.ids, client[1].apply_sync(lambda: 6 * 7), flush=True)`;

const newcomer = (sandbox: Sandbox): string => `
import ipyparallel
client = ipyparallel.Client('${securityFile(sandbox, 'client')}', timeout=30)
print('IDS', client.ids)
print('APPLY', client[1].apply_sync(lambda: 6 * 7))
print('TASKS', client.load_balanced_view(targets=[1]).map_sync(lambda x: x * 2, range(4)))
print('ANY', client.load_balanced_view().map_sync(lambda x: x * 3, range(4)))
print('BROADCAST', client.broadcast_view([1]).apply_sync(lambda: 7))
both = client.broadcast_view(targets='all').execute('6 * 7', silent=False)
both.wait(20)
both.wait_for_output(20)
print('BOTH', [one.execute_result['data']['text/plain'] for one in both.get()])
typed = client[0].execute('console.log(seed * 2)', silent=False)
typed.wait(20)
typed.wait_for_output(20)
print('TYPESCRIPT', typed.stdout.strip())`;

test("a controller that was killed has Python's engine back too, and Python's clients go on", async () => {
  const sandbox = await openSandbox();
  const flags = ['--restore', '--broadcast_scheduler_depth=2'];
  const first = await startController(sandbox, ...flags);
  const engines = [
    await startPxcluster(sandbox, 'engine', '--id=0', '-c', 'const seed = 21;'),
    await startIpengine(sandbox, 1),
  ];
  await connectTo(securityFile(sandbox, 'client'), 2);
  expect((await readInfos(sandbox)).engine.broadcast).toHaveLength(4);
  await fileSays(join(sandbox.profileDir, 'log', 'engines.json'), (text) => text.includes('"1"'));
  const old = await startPython(sandbox, '-c', lasting(sandbox));
  await old.says(/BEFORE \[0, 1\] 42/);

  first.child.signal('SIGKILL');
  await first.child.exited;
  const second = await startController(sandbox, ...flags);
  await writeFile(join(sandbox.folder, 'go-1'), '');
  const client = await startPython(sandbox, '-c', newcomer(sandbox));

  await client.child.exited;
  expect((await client.text()).trim().split('\n')).toEqual([
    ...['IDS [0, 1]', 'APPLY 42', 'TASKS [0, 2, 4, 6]', 'ANY [0, 3, 6, 9]', 'BROADCAST [7]'],
    ...["BOTH ['42', '42']", 'TYPESCRIPT 42'],
  ]);
  await old.says(/AFTER 1 \[0, 1\] 42/);

  // The same when it is asked to end.
  expect(await ended(second)).toBe(0);
  const third = await startController(sandbox, ...flags);
  await connectTo(securityFile(sandbox, 'client'), 2);
  await writeFile(join(sandbox.folder, 'go-2'), '');
  await old.says(/AFTER 2 \[0, 1\] 42/);
  for (const engine of engines) await ended(engine);
  expect(await ended(third)).toBe(0);
  await old.child.exited;
});

test("Python's engine and client come by ipc alone", async () => {
  const sandbox = await openSandbox();
  const controller = await startController(sandbox, '--transport=ipc');
  const engine = await startIpengine(sandbox, 0);
  const script = `
import ipyparallel
client = ipyparallel.Client('${securityFile(sandbox, 'client')}', timeout=30)
client.wait_for_engines(1, timeout=30)
print('APPLY', client[0].apply_sync(lambda: 6 * 7))`;

  const client = await startPython(sandbox, '-c', script);

  await client.says(/APPLY 42/);
  await client.child.exited;
  await ended(engine);
  expect(await ended(controller)).toBe(0);
});

test("Python's engines choose a broadcast port by their id, and all get a request once", async () => {
  const sandbox = await openSandbox();
  const controller = await startController(sandbox, '--IPController.broadcast_scheduler_depth=2');
  const engines = await Promise.all([2, 5].map((id) => startIpengine(sandbox, id)));
  const script = `
import ipyparallel
client = ipyparallel.Client('${securityFile(sandbox, 'client')}', timeout=30)
client.wait_for_engines(2, timeout=60)
view = client.broadcast_view()
print('IDS', client.ids, view.apply_sync(lambda: 6 * 7))
view.is_coalescing = True
print('COALESCED', view.apply_sync(lambda: 6 * 7))`;

  const client = await startPython(sandbox, '-c', script);

  await until(async () => (await client.text()).includes('COALESCED'), { timeoutMs: 60_000 });
  expect((await client.text()).trim().split('\n')).toEqual([
    'IDS [2, 5] [42, 42]',
    'COALESCED [42, 42]',
  ]);
  await client.child.exited;
  for (const engine of engines) await ended(engine);
  await ended(controller);
});
