import { mkdir } from 'node:fs/promises';
import { jsonLogger, type LogLevel } from '../base/logger.js';
import { Supervisor } from '../cluster/supervisor.js';
import type { SupervisorOptions, TcpChoice } from '../cluster/supervisor-options.js';
import { securityDir } from '../wire/cluster-files.js';
import { Flags } from './flags.js';
import { parsePorts } from './ports.js';
import { locationOf } from './stand-in.js';

/**
 * A controller without engines, in the place of ipcontroller: its flags, environment, files and signals,
 * and its defaults (TCP on 127.0.0.1, CurveZMQ only on demand), with ipc beside for our own processes.
 */
export async function controller(args: readonly string[]): Promise<void> {
  const flags = new Flags(args);
  const options = controllerOptions(flags, process.env);
  await mkdir(securityDir(options), { recursive: true, mode: 0o700 });
  const log = jsonLogger((line) => process.stderr.write(line), { level: levelOf(flags) });
  const supervisor = new Supervisor({ options, log, report: () => undefined });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => void supervisor.stop(`it got ${signal}`)); // settles `ended`
  }
  await supervisor.start();
  await supervisor.ended;
  process.exit();
}

/** What ipcontroller's flags and environment ask for. */
export function controllerOptions(flags: Flags, environment: NodeJS.ProcessEnv): SupervisorOptions {
  const periodMs = flags.number('ping', 'HeartMonitor.period');
  const key = environment['IPP_SESSION_KEY'];
  return {
    ...locationOf(flags, environment),
    n: 0,
    cwd: process.cwd(),
    tcp: tcpOf(flags, environment),
    location: flags.text('location'),
    isControllerAlone: true,
    ...(key === undefined || key === '' ? {} : { key }),
    ...(periodMs === undefined ? {} : { heartbeat: { periodMs } }),
  };
}

function tcpOf(flags: Flags, environment: NodeJS.ProcessEnv): TcpChoice {
  const ports = flags.text('ports', 'IPController.ports');
  return {
    ip: flags.text('ip', 'IPController.ip') ?? '127.0.0.1',
    curve:
      environment['IPP_ENABLE_CURVE'] === '1' ||
      /^true$/i.test(flags.text('IPController.enable_curve') ?? ''),
    ...(ports === undefined ? {} : { ports: parsePorts(ports) }),
  };
}

/** Python's numbers and names. */
function levelOf(flags: Flags): LogLevel {
  const text = flags.text('log-level')?.toLowerCase() ?? 'info';
  const levels: Readonly<Record<string, LogLevel>> = {
    '10': 'debug',
    '20': 'info',
    '30': 'warn',
    '40': 'error',
    '50': 'error',
    debug: 'debug',
    warn: 'warn',
    warning: 'warn',
    error: 'error',
    critical: 'error',
  };
  return flags.has('debug') ? 'debug' : (levels[text] ?? 'info');
}
