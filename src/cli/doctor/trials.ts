import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../base/clock.js';
import { messageOf, ParallelError } from '../../base/errors.js';
import { silentLogger } from '../../base/logger.js';
import { Scope } from '../../base/scope.js';
import { RuntimeFolder } from '../../cluster/runtime-folder.js';
import { Child } from '../../process/child.js';
import { ownIdentity } from '../../process/process-identity.js';
import {
  jupyterAddress,
  jupyterConnectionFile,
  type JupyterConnection,
} from '../../wire/jupyter-connection.js';
import { Session } from '../../wire/message.js';
import type { Trial } from './findings.js';

const limitMs = 30_000;

/** Starts the kernel as Jupyter would, and asks it what it is. */
export function tryKernel(command: readonly string[]): Promise<Trial> {
  return trial(async (scope) => {
    const folder = scope.use(await RuntimeFolder.create(await ownIdentity()));
    const connection = connectionIn(folder.path);
    const file = join(folder.path, 'kernel-doctor.json');
    await writeFile(file, jupyterConnectionFile(connection), { mode: 0o600 });
    const [program = '', ...args] = command.map((part) =>
      part === '{connection_file}' ? file : part,
    );
    const child = await Child.spawn({
      command: program,
      args,
      cwd: folder.path,
      env: { ...process.env, JPY_PARENT_PID: String(process.pid) },
      output: 'capture',
    });
    scope.onClose(async () => {
      await child.end({ graceMs: 3000 });
    });
    await Promise.race([firstAnswer(connection, scope), untimely(child)]);
  });
}

function connectionIn(folder: string): JupyterConnection {
  const ports = { shell: 1, control: 2, iopub: 3, stdin: 4, heartbeat: 5 };
  const key = randomBytes(16).toString('hex');
  return { transport: 'ipc', ip: join(folder, 'k'), ports, key, kernelName: 'pxlab' };
}

async function firstAnswer(connection: JupyterConnection, scope: Scope): Promise<void> {
  const { Channel } = await import('../../transport/channel.js');
  const { Socket } = await import('../../transport/socket.js');
  const address = jupyterAddress(connection, connection.ports.shell);
  const channel = scope.use(
    new Channel(new Socket('dealer', { connect: [address], lingerMs: 0 }), {
      session: new Session(),
      key: connection.key,
      log: silentLogger,
    }),
  );
  channel.post({ type: 'kernel_info_request', content: {} });
  for await (const { message } of channel) {
    if (message.header.msg_type === 'kernel_info_reply') return;
  }
}

/** Rejects when the process ends, with what it said. */
async function untimely(child: Child): Promise<never> {
  const { code, signal } = await child.exited;
  const words = (await child.captured).trim().split('\n').at(-1) ?? '';
  throw new ParallelError(
    'START_FAILED',
    `it ended ${signal === null ? `with exit code ${code ?? '?'}` : `by ${signal}`}. ${words}`.trim(),
  );
}

/** Starts a cluster of one engine with files of its own, lets it compute, and stops it. */
export function tryCluster(): Promise<Trial> {
  return trial(async (scope) => {
    const { Cluster } = await import('../../cluster/cluster.js');
    const profileDir = await mkdtemp(join(tmpdir(), 'pxlab-doctor-'));
    scope.onClose(() => rm(profileDir, { recursive: true, force: true }));
    const cluster = await Cluster.start({ n: 1, profileDir, timeoutMs: limitMs });
    scope.onClose(() => cluster.stop());
    const client = await cluster.connect();
    scope.use(client);
    const [sum] = await client.direct('all').execute<number>('40 + 2');
    if (sum !== 42) throw new ParallelError('START_FAILED', `40 + 2 was ${String(sum)} there.`);
  });
}

async function trial(work: (scope: Scope) => Promise<void>): Promise<Trial> {
  const beganMs = systemClock.now();
  const stop = new AbortController();
  const late = systemClock.sleep(limitMs, stop.signal).then(() => {
    throw new ParallelError('TIMEOUT', `nothing came within ${limitMs / 1000} s.`);
  });
  late.catch(() => undefined); // the race below sees it, when it matters
  const scope = new Scope();
  try {
    await Promise.race([work(scope), late]);
    await scope.close();
    return { elapsedMs: systemClock.now() - beganMs };
  } catch (error) {
    await scope.close().catch(() => undefined);
    return { error: messageOf(error) };
  } finally {
    stop.abort();
  }
}
