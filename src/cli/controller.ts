import { readFile } from 'node:fs/promises';
import { messageOf, ParallelError } from '../base/errors.js';
import { readEngineState } from '../cluster/engine-state-file.js';
import { type Reused, readReused } from '../cluster/reused-files.js';
import { Supervisor } from '../cluster/supervisor.js';
import type { SupervisorOptions, TcpChoice } from '../cluster/supervisor-options.js';
import { securityDir } from '../wire/cluster-files.js';
import { controllerOptions } from './controller-options.js';
import { Flags } from './flags.js';
import { failingAsTheirs, levelOf, logFileOf, makeFolder, openLog, workIn } from './stand-in.js';
import { controllerFlags } from './stand-in-flags.js';

/**
 * A controller without engines, in the place of ipcontroller: its flags, environment, files and signals,
 * and its defaults (TCP on 127.0.0.1, CurveZMQ only on demand), with ipc beside for our own processes.
 */
export function controller(args: readonly string[]): Promise<void> {
  return failingAsTheirs(() => run(new Flags(args, controllerFlags)));
}

async function run(flags: Flags): Promise<void> {
  const level = levelOf(flags);
  const asked = controllerOptions(flags, process.env);
  const options = await withFiles(asked, flags);
  workIn(flags.text('work-dir'));
  await makeFolder(securityDir(options));
  const log = openLog(await logFileOf('ipcontroller', flags, options), level);
  if (options.key === '' && options.tcp?.curve !== true) {
    log.warn('messages are not signed: any user who reaches a port can run code');
  }
  const supervisor = new Supervisor({ options, log, report: () => undefined });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGABRT'] as const) {
    process.on(signal, () => void supervisor.leave(`it got ${signal}`)); // settles `ended`
  }
  await supervisor.start();
  await supervisor.ended;
  process.exit();
}

/** With what stands in the file of the key, in the connection files and in that of the engines. */
async function withFiles(options: SupervisorOptions, flags: Flags): Promise<SupervisorOptions> {
  const { standIn } = options;
  const keyFile = flags.text('keyfile');
  const keyed = keyFile === undefined ? options : { ...options, key: await readKey(keyFile) };
  if (standIn?.isToReturn !== true) return keyed;
  const reused = await readReused(standIn.connectionFiles);
  if (reused === undefined) return keyed;
  const restored = flags.isOn('restore') === true ? await readEngineState(options) : undefined;
  return {
    ...keyed,
    key: reused.key,
    location: reused.location,
    tcp: reused.tcp && { ...curveFor(reused, options.tcp), ...reused.tcp },
    standIn: {
      ...standIn,
      ipcBase: reused.ipcBase,
      controller: {
        ...standIn.controller,
        broadcastLeaves: reused.broadcastLeaves,
        ssh: reused.ssh,
        restored,
      },
    },
  };
}

/** Those who have the connection file know one public key, and its secret key is in no file. */
function curveFor(
  { curveServerKey }: Reused,
  tcp: TcpChoice | undefined,
): Pick<TcpChoice, 'curve' | 'curveKeys'> {
  if (curveServerKey === undefined && tcp?.curve === true) {
    throw new ParallelError(
      'BAD_ARGUMENT',
      'The connection files to be reused are of a controller without CurveZMQ: remove them, or start without it.',
    );
  }
  if (curveServerKey !== undefined && tcp?.curveKeys?.publicKey !== curveServerKey) {
    throw new ParallelError(
      'BAD_ARGUMENT',
      'The connection files to be reused are of a controller with CurveZMQ: set IPP_ENABLE_CURVE=1 and ' +
        'its own IPP_CURVE_PUBLICKEY and IPP_CURVE_SECRETKEY, or start without `--reuse`.',
    );
  }
  return { curve: tcp?.curve === true, curveKeys: tcp?.curveKeys };
}

async function readKey(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    throw new ParallelError('BAD_ARGUMENT', `Could not read the key: ${messageOf(error)}.`);
  }
}
