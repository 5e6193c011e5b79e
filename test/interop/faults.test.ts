import { dirname, join } from 'node:path';
import { Client, Cluster } from 'pxlab';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../../lib/base/clock.js';
import { clientFile, engineFile, readIfPresent } from '../../lib/wire/cluster-files.js';
import { markedProcesses } from '../support/leftovers.js';
import { pythonPath } from '../support/python.js';
import { type Running, start } from '../support/run-process.js';
import { openSandbox, type Sandbox } from '../support/sandbox.js';
import { expectTold } from '../support/told.js';

const soon = { timeoutMs: 60_000 };
/** Python's processes take seconds to start, on a busy machine many. */
const patiently = { timeout: 180_000 };

/** Starts one of ipyparallel's programs in the sandbox. */
function startPython(sandbox: Sandbox, program: string, ...args: string[]): Promise<Running> {
  const path = join(dirname(pythonPath()), program);
  const profile = `--profile-dir=${sandbox.profileDir}`;
  return start(sandbox, { command: pythonPath(), args: [path, profile, ...args] });
}

/** Runs Python's client on the sandbox's cluster, with `engines` engines. */
function startPythonClient(sandbox: Sandbox, script: string, engines: number): Promise<Running> {
  const preface = `
import os, signal, time
import ipyparallel as ipp
rc = ipp.Client(profile_dir=${JSON.stringify(sandbox.profileDir)}, timeout=60)
rc.wait_for_engines(${engines}, timeout=60)
def outcome(result):
    try:
        return repr(result.get(timeout=60))
    except ipp.CompositeError as error:
        return 'composite of ' + ', '.join(each[0] for each in error.elist)
    except ipp.RemoteError as error:
        return error.ename
def say(*what): # a line of its own, whatever ipyparallel's threads print meanwhile
    os.write(1, ('\\n' + ' '.join(map(str, what)) + '\\n').encode())
`;
  return start(sandbox, { command: pythonPath(), args: ['-c', `${preface}${script}`] });
}

async function pidOf(sandbox: Sandbox, pattern: RegExp): Promise<number> {
  const found = async (): Promise<number | undefined> =>
    (await markedProcesses(sandbox.mark)).find(({ command }) => pattern.test(command))?.pid;
  expect(await until(async () => (await found()) !== undefined, soon)).toBe(true);
  return (await found()) ?? 0;
}

async function failureOf(result: PromiseLike<unknown>): Promise<Error & { code?: string }> {
  try {
    await result;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('it did not fail');
}

/** In Python: of three engines one spins, and is killed in the middle of each kind of call. */
const killsInTheMiddle = `
def work(name, victim):
    import os, time
    open(name, 'w').close()
    if os.getpid() == victim:
        time.sleep(600)
    return 'fine'
def kill_once(name, victim):
    deadline = time.time() + 60
    while not os.path.exists(name) and time.time() < deadline:
        time.sleep(0.01)
    os.kill(victim, signal.SIGKILL)
folder = os.environ['HOME']
ids = list(rc.ids)
victim = rc[ids[0]].apply_sync(os.getpid)
direct = rc[:].apply_async(work, folder + '/direct', victim)
queued = rc[ids[0]].apply_async(os.getpid)
kill_once(folder + '/direct', victim)
say('direct', outcome(direct), 'queued', outcome(queued))
ids = list(rc.ids)
victim = rc[ids[0]].apply_sync(os.getpid)
spread = rc.broadcast_view(ids).apply_async(work, folder + '/spread', victim)
kill_once(folder + '/spread', victim)
say('broadcast', outcome(spread))
ids = list(rc.ids)
victim = rc[ids[0]].apply_sync(os.getpid)
merged = rc.broadcast_view(ids, is_coalescing=True).apply_async(work, folder + '/merged', victim)
kill_once(folder + '/merged', victim)
say('coalescing', outcome(merged))
def once(name):
    import os, time
    if not os.path.exists(name):
        with open(name, 'w') as file:
            file.write(str(os.getpid()))
        time.sleep(600)
    return 'again'
def victim_of(name):
    deadline = time.time() + 60
    while time.time() < deadline:
        try:
            return int(open(name).read())
        except (OSError, ValueError):
            time.sleep(0.01)
view = rc.load_balanced_view()
view.retries = 1
retried = view.apply_async(once, folder + '/retried')
os.kill(victim_of(folder + '/retried'), signal.SIGKILL)
say('retried', outcome(retried))
view.retries = 0
failed = view.apply_async(once, folder + '/failed')
os.kill(victim_of(folder + '/failed'), signal.SIGKILL)
say('failed', outcome(failed))
say('left', len(rc.ids))
`;

test(
  "Python's engines that are killed in the middle of Python's calls fail them, over our controller",
  patiently,
  async () => {
    const sandbox = await openSandbox();
    const { profileDir, env } = sandbox;
    const cluster = await Cluster.start({
      ...{ n: 0, profileDir, env, clusterId: '', owner: null, tcp: true },
    });
    onTestFinished(() => cluster.stop());
    for (let engine = 0; engine < 6; engine++) await startPython(sandbox, 'ipengine');

    const client = await startPythonClient(sandbox, killsInTheMiddle, 6);
    const { code } = await client.child.exited;

    const text = await client.text();
    expect({ code, text }).toMatchObject({ code: 0 });
    expect(text).toMatch(/^direct composite of EngineError queued EngineError$/m);
    expect(text).toMatch(/^broadcast composite of EngineError$/m);
    expect(text).toMatch(/^coalescing EngineError$/m);
    expect(text).toMatch(/^retried 'again'$/m);
    expect(text).toMatch(/^failed EngineError$/m);
    expect(text).toMatch(/^left 1$/m);
    await cluster.stop();
  },
);

test(
  "our engines that are killed in the middle of Python's cells fail them, and the others go on",
  patiently,
  async () => {
    const sandbox = await openSandbox();
    const { profileDir, env } = sandbox;
    const cluster = await Cluster.start({
      ...{ n: 2, profileDir, env, clusterId: '', owner: null, tcp: true },
    });
    onTestFinished(() => cluster.stop());
    const script = `
running = rc[:].execute('console.log("begun"); while (px.id === 0);')
queued = rc[0].execute('1')
while not running.stdout or not running.stdout[0]:
    time.sleep(0.01)
say('running')
say('running', outcome(running), 'queued', outcome(queued))
say('next', outcome(rc[1].execute('1 + 1')), rc.ids)
`;
    const client = await startPythonClient(sandbox, script, 2);
    await client.says(/^running$/m);
    const { engines } = await cluster.status();
    process.kill(engines[0]?.pid ?? 0, 'SIGKILL');
    const { code } = await client.child.exited;

    const text = await client.text();
    expect({ code, text }).toMatchObject({ code: 0 });
    expect(text).toMatch(/^running composite of EngineError queued EngineError$/m);
    expect(text).toMatch(/^next .*\[1\]$/m);
    await cluster.stop();
    await sandbox.expectNothingLeft({ withinMs: 20_000 });
  },
);

/** Python's controller with engines, and a client of ours. */
async function startOverPython(sandbox: Sandbox, engines: number): Promise<Client> {
  // It takes an engine for dead after ten missed beats, 30 s by default.
  await startPython(sandbox, 'ipcontroller', '--ip=127.0.0.1', '--HeartMonitor.period=500');
  const location = { profileDir: sandbox.profileDir, clusterId: '' };
  const isThere = async (): Promise<boolean> => {
    const texts = await Promise.all(
      [clientFile, engineFile].map((f) => readIfPresent(f(location))),
    );
    return texts.every((text) => text !== undefined);
  };
  expect(await until(isThere, soon)).toBe(true);
  for (let engine = 0; engine < engines; engine++) await startPython(sandbox, 'ipengine');
  const client = await Client.connect({ ...location, timeoutMs: 30_000 });
  onTestFinished(() => client.close());
  await client.waitForEngines(engines, { timeoutMs: 60_000 });
  return client;
}

test(
  "over Python's controller, a killed engine and then a killed controller end what waits for them",
  patiently,
  async () => {
    const sandbox = await openSandbox();
    const client = await startOverPython(sandbox, 2);
    await client.direct('all').execute('import os, time\npid = os.getpid()');
    const [victim] = await client.direct('all').pull<number>('pid');
    const running = client
      .direct('all')
      .execute('print("begun"); time.sleep(3)', { silent: false });
    const queued = client.direct(0).execute('1');
    for await (const output of running.stream()) {
      if (output.type === 'stream' && output.engineId === 0) break;
    }

    process.kill(victim ?? 0, 'SIGKILL');

    expect(await failureOf(running)).toMatchObject({ code: 'ENGINE_LOST', engineId: 0 });
    const failure = await failureOf(queued);
    expectTold('A Python controller', failure.message);
    await until(() => client.ids.length === 1, soon);
    const waiting = client.direct('all').execute('time.sleep(600)');
    process.kill(await pidOf(sandbox, /ipcontroller/), 'SIGKILL');
    expectTold('The supervisor is killed', (await failureOf(waiting)).message);
  },
);
