import { resolve } from 'node:path';
import { ParallelError } from '../base/errors.js';
import type {
  StandInOptions,
  SupervisorOptions,
  TcpChoice,
} from '../cluster/supervisor-options.js';
import {
  clientFile,
  type ClusterLocation,
  type ConnectionFiles,
  engineFile,
  securityDir,
} from '../wire/cluster-files.js';
import { badValue, type Flags } from './flags.js';
import { assignPorts, parsePorts } from './ports.js';
import { locationOf } from './stand-in.js';

/** As deep as ports reach. */
const maxBroadcastDepth = 10;
const schemes = ['leastload', 'lru', 'plainrandom', 'twobin', 'weighted', 'pure', 'none'] as const;

/**
 * What ipcontroller's flags and environment ask for, apart from what is to be found in files.
 *
 * @throws {@link ParallelError} `BAD_ARGUMENT`.
 */
export function controllerOptions(flags: Flags, environment: NodeJS.ProcessEnv): SupervisorOptions {
  const location = locationOf(flags, environment);
  const depth = depthOf(flags);
  const isTcp = flags.choice('transport', ['tcp', 'ipc']) !== 'ipc';
  const standIn = standInOf(flags, location, depth);
  if (!isTcp && standIn.isToReturn && standIn.ipcBase === undefined) {
    throw new ParallelError(
      'BAD_ARGUMENT',
      'Give --ip with the path at which to listen: --reuse and --transport=ipc together need one that stays.',
    );
  }
  const key = keyOf(flags, environment);
  return {
    ...location,
    n: 0,
    cwd: process.cwd(),
    ...(isTcp ? { tcp: tcpOf(flags, environment, 2 ** depth) } : {}),
    location: flags.text('location'),
    heartbeat: {
      periodMs: positive(flags, 'ping'),
      maxMissed: flags.count('HeartMonitor.max_heartmonitor_misses'),
    },
    standIn,
    ...(key === undefined ? {} : { key }),
  };
}

function standInOf(flags: Flags, location: ClusterLocation, depth: number): StandInOptions {
  const timeoutS = flags.number('registration_timeout');
  const ipcPath = flags.text('transport') === 'ipc' ? flags.text('ip') : undefined;
  const ssh = flags.text('ssh') ?? '';
  return {
    connectionFiles: connectionFilesOf(flags, location),
    isToReturn: flags.isOn('restore') === true || flags.isOn('reuse') === true,
    ...(ipcPath === undefined ? {} : { ipcBase: `ipc://${resolve(ipcPath)}` }),
    controller: {
      broadcastLeaves: 2 ** depth,
      session: sessionOf(flags),
      ssh: { clients: ssh, engines: flags.text('enginessh') ?? '' },
      tasks: { scheme: schemeOf(flags), hwm: flags.count('hwm') },
      records: recordsOf(flags),
      // 0 is ipcontroller's way to say that it is to find out itself.
      registrationTimeoutMs: timeoutS === undefined || timeoutS === 0 ? undefined : timeoutS * 1000,
    },
  };
}

function connectionFilesOf(flags: Flags, location: ClusterLocation): ConnectionFiles {
  const [client, engine] = [flags.text('client_json_file'), flags.text('engine_json_file')];
  const folder = securityDir(location);
  return {
    client: client === undefined ? clientFile(location) : resolve(folder, client),
    engine: engine === undefined ? engineFile(location) : resolve(folder, engine),
  };
}

function tcpOf(flags: Flags, environment: NodeJS.ProcessEnv, leaves: number): TcpChoice {
  const ip = flags.text('ip') ?? '127.0.0.1';
  const pools = {
    engine: [...portsOf(flags, 'port'), ...portsOf(flags, 'engine_ports')],
    client: portsOf(flags, 'client_ports'),
    common: portsOf(flags, 'ports'),
  };
  return {
    ip: flags.text('engine_ip') ?? ip,
    clientIp: flags.text('client_ip') ?? ip,
    ...curveOf(flags, environment),
    ports: assignPorts(pools, leaves),
  };
}

function portsOf(flags: Flags, name: string): number[] {
  const text = flags.text(name);
  return text === undefined ? [] : parsePorts(text);
}

function curveOf(
  flags: Flags,
  environment: NodeJS.ProcessEnv,
): Pick<TcpChoice, 'curve' | 'curveKeys'> {
  const curve = flags.isOn('enable_curve') ?? environment['IPP_ENABLE_CURVE'] === '1';
  const publicKey = flags.text('curve_publickey') ?? environment['IPP_CURVE_PUBLICKEY'];
  const secretKey = flags.text('curve_secretkey') ?? environment['IPP_CURVE_SECRETKEY'];
  if (!curve || (publicKey ?? secretKey) === undefined) return { curve };
  if (isCurveKey(publicKey) && isCurveKey(secretKey)) {
    return { curve, curveKeys: { publicKey, secretKey } };
  }
  throw new ParallelError(
    'BAD_ARGUMENT',
    'Expected two CurveZMQ keys of 40 characters each: IPP_CURVE_PUBLICKEY and IPP_CURVE_SECRETKEY.',
  );
}

function isCurveKey(text: string | undefined): text is string {
  return text !== undefined && /^[\w.\-:+=^!/*?&<>()[\]{}@%$#]{40}$/.test(text);
}

/** The text of the key that signs messages; '' for none, and undefined for one to be made. */
function keyOf(flags: Flags, environment: NodeJS.ProcessEnv): string | undefined {
  if (flags.isOn('no-secure') === true) return '';
  return flags.text('Session.key') ?? (environment['IPP_SESSION_KEY'] || undefined);
}

function sessionOf(flags: Flags): { id?: string; username?: string } {
  const [id, username] = [flags.text('ident'), flags.text('user')];
  return { ...(id === undefined ? {} : { id }), ...(username === undefined ? {} : { username }) };
}

/** ipcontroller's `none` starts no task scheduler; ours costs nothing, so that there is one. */
function schemeOf(flags: Flags): Exclude<(typeof schemes)[number], 'none'> | undefined {
  const scheme = flags.choice('scheme', schemes);
  return scheme === 'none' ? undefined : scheme;
}

function recordsOf(flags: Flags): { maxRecords?: number; maxBytes?: number } {
  const isNone = flags.isOn('nodb') === true || /(^|\.)nodb$/i.test(flags.text('db_class') ?? '');
  const maxRecords = isNone ? 0 : flags.count('DictDB.record_limit');
  const maxBytes = flags.count('DictDB.size_limit');
  return {
    ...(maxRecords === undefined ? {} : { maxRecords }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
  };
}

function depthOf(flags: Flags): number {
  const depth = flags.count('broadcast_scheduler_depth') ?? 1;
  if (depth <= maxBroadcastDepth) return depth;
  throw badValue('broadcast_scheduler_depth', `${maxBroadcastDepth} or less`, String(depth));
}

function positive(flags: Flags, name: string): number | undefined {
  const value = flags.number(name);
  if (value !== 0) return value;
  throw badValue(name, 'greater than 0', '0');
}
