import { readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { messageOf, ParallelError } from '../base/errors.js';
import { readEngineInfo } from '../engine/engine-options.js';
import { runEngine } from '../engine/run-engine.js';
import { Child } from '../process/child.js';
import { engineFile, securityDir } from '../wire/cluster-files.js';
import { type EngineInfoFile, parseEngineInfo } from '../wire/connection-info.js';
import { badValue, Flags } from './flags.js';
import { mpiRank } from './mpi-rank.js';
import { failingAsTheirs, levelOf, locationOf, logFileOf, workIn } from './stand-in.js';
import { engineFlags } from './stand-in-flags.js';

const main = fileURLToPath(new URL('./main.js', import.meta.url));
/** Without it, an engine cannot be stopped while it runs a cell. */
const nodeFlag = '--no-force-async-hooks-checks';
/** Set for an engine that `pxcluster engine` started as its child. */
const childMark = 'PXLAB_ENGINE_CHILD';
/** From this rank on, engines that MPI starts all at once register one after the other. */
const firstDelayedRank = 100;

/**
 * An engine in the place of ipengine: its flags and environment. Node takes the flag that an engine needs
 * only when it starts; so without it the engine is a child that lives and dies with this process.
 */
export function engine(args: readonly string[]): Promise<void> {
  const flags = new Flags(args, engineFlags);
  return failingAsTheirs(() =>
    process.execArgv.includes(nodeFlag) ? run(flags) : runAsChild(flags, args),
  );
}

async function run(flags: Flags): Promise<void> {
  if (process.env[childMark] !== undefined) endWithParent();
  const id = flags.count('id') ?? (flags.isOn('mpi') === true ? mpiRank(process.env) : undefined);
  const timeouts = timeoutsOf(flags);
  const info = await infoOf(flags);
  const startup = await startupOf(flags);
  workIn(flags.text('work-dir'));
  if (flags.isOn('mpi') === true && id !== undefined && id >= firstDelayedRank) {
    await sleep(id * (flags.number('mpi_registration_delay') ?? 0.02) * 1000);
  }
  await runEngine({ info, id, timeouts, startup, uuid: uuidOf(flags) });
}

/**
 * Like ipengine, it waits for a controller that is gone as long as it may miss pings: one that is started
 * anew with `--restore` finds it again. A lease ends at once with a controller that will not return.
 */
function timeoutsOf(flags: Flags) {
  const timeoutS = flags.number('timeout');
  const maxMissed = flags.count('max_heartbeat_misses');
  return {
    hubLostMs: Infinity,
    ...(timeoutS === undefined ? {} : { registrationMs: timeoutS * 1000 }),
    ...(maxMissed === undefined ? {} : { maxMissedPings: maxMissed === 0 ? Infinity : maxMissed }),
  };
}

/** What the connection file says, with what flags and environment put in its place. */
async function infoOf(flags: Flags): Promise<EngineInfoFile> {
  const info = await readInfo(flags);
  const server = flags.text('ssh') ?? info.ssh;
  if (server !== '' && info.pxlab?.ipc === undefined) {
    throw new ParallelError(
      'BAD_ARGUMENT',
      `This engine was to come through the SSH server ${server}, and pxlab opens no SSH tunnels: let ` +
        'the controller listen where the engine can reach it (`--ip`), or forward its ports with `ssh -L`.',
    );
  }
  return {
    ...info,
    key: info.key === '' ? (process.env['IPP_SESSION_KEY'] ?? '') : info.key,
    curve_serverkey: info.curve_serverkey ?? (process.env['IPP_CURVE_SERVERKEY'] || null),
    location: flags.text('location') ?? info.location,
  };
}

async function readInfo(flags: Flags): Promise<EngineInfoFile> {
  const inherited = process.env['IPP_CONNECTION_INFO'];
  delete process.env['IPP_CONNECTION_INFO']; // it holds the key: not for what cells start
  const file = flags.text('file');
  if (file === undefined && inherited !== undefined) {
    return parseEngineInfo(inherited, 'IPP_CONNECTION_INFO');
  }
  const place = locationOf(flags, process.env);
  const name = flags.text('url_file_name');
  const usual = name === undefined ? engineFile(place) : resolve(securityDir(place), name);
  const path = file === undefined ? usual : resolve(file);
  return readEngineInfo(path, (flags.number('wait_for_url_file') ?? 10) * 1000);
}

/** The script comes first, as in IPython. */
async function startupOf(flags: Flags): Promise<string[]> {
  const [script, command] = [flags.text('s'), flags.text('c')];
  const codes = [script === undefined ? undefined : await readScript(script), command];
  return codes.filter((code) => code !== undefined);
}

async function readScript(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new ParallelError(
      'BAD_ARGUMENT',
      `Could not read the startup script: ${messageOf(error)}.`,
    );
  }
}

/** ZeroMQ's identities, and the hub, want ASCII. */
function uuidOf(flags: Flags): string | undefined {
  const ident = flags.text('ident');
  if (ident === undefined || /^[\x21-\x7e]{1,255}$/.test(ident)) return ident;
  throw badValue('ident', '1 to 255 letters, digits or signs of ASCII', ident);
}

async function runAsChild(flags: Flags, args: readonly string[]): Promise<void> {
  levelOf(flags); // an engine logs little, and refuses what ipengine refuses
  const file = await logFileOf('ipengine', flags, locationOf(flags, process.env));
  const child = await Child.spawn({
    command: process.execPath,
    args: [nodeFlag, '--inspect-publish-uid=http', main, 'engine', ...args],
    env: { ...process.env, [childMark]: '1' },
    output: file === undefined ? 'inherit' : { file },
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
