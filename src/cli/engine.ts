import { readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { messageOf, ParallelError } from '../base/errors.js';
import { readEngineInfo } from '../engine/engine-options.js';
import { runEngine } from '../engine/run-engine.js';
import { Child } from '../process/child.js';
import { engineFile } from '../wire/cluster-files.js';
import { type EngineInfoFile, parseEngineInfo } from '../wire/connection-info.js';
import { Flags } from './flags.js';
import { locationOf } from './stand-in.js';

const main = fileURLToPath(new URL('./main.js', import.meta.url));
/** Without it, an engine cannot be stopped while it runs a cell. */
const nodeFlag = '--no-force-async-hooks-checks';
/** Set for an engine that `pxcluster engine` started as its child. */
const childMark = 'PXLAB_ENGINE_CHILD';

/**
 * An engine in the place of ipengine: its flags and environment. Node takes the flag that an engine needs
 * only when it starts; so without it the engine is a child that lives and dies with this process.
 */
export async function engine(args: readonly string[]): Promise<void> {
  if (!process.execArgv.includes(nodeFlag)) {
    await runAsChild(args);
    return;
  }
  if (process.env[childMark] !== undefined) endWithParent();
  const flags = new Flags(args);
  const id = flags.number('id', 'IPEngine.id', 'EngineFactory.id');
  const timeout = flags.number('timeout', 'IPEngine.timeout', 'EngineFactory.timeout');
  await runEngine({
    info: await infoOf(flags),
    id,
    ...(timeout === undefined ? {} : { timeouts: { registrationMs: timeout * 1000 } }),
  });
}

async function infoOf(flags: Flags): Promise<EngineInfoFile> {
  const file = flags.text('file', 'f', 'url_file');
  const inherited = process.env['IPP_CONNECTION_INFO'];
  delete process.env['IPP_CONNECTION_INFO']; // it holds the key: not for what cells start
  if (file !== undefined) return parseEngineInfo(await readText(file), file);
  if (inherited !== undefined) return parseEngineInfo(inherited, 'IPP_CONNECTION_INFO');
  const waitS = flags.number('wait_for_url_file', 'IPEngine.wait_for_url_file') ?? 10;
  return readEngineInfo(engineFile(locationOf(flags, process.env)), waitS * 1000);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new ParallelError('CONNECTION_FILE', `Could not read ${path}: ${messageOf(error)}.`);
  }
}

async function runAsChild(args: readonly string[]): Promise<void> {
  const child = await Child.spawn({
    command: process.execPath,
    args: [nodeFlag, main, 'engine', ...args],
    env: { ...process.env, [childMark]: '1' },
    output: 'inherit',
    hasReport: true,
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => child.signal(signal));
  }
  const { code, signal } = await child.exited;
  process.exitCode = code ?? (signal === 'SIGTERM' ? 0 : 1);
}

/** The pipe to the parent ends with it, however it ends. */
function endWithParent(): void {
  const pipe = new Socket({ fd: 3 });
  pipe.once('close', () => process.kill(process.pid, 'SIGTERM'));
  pipe.on('error', () => undefined); // followed by `close`
  pipe.resume();
  pipe.unref();
}
