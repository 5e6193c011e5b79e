import { openSync, writeSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { messageOf, ParallelError } from '../base/errors.js';
import { jsonLogger, type Logger, type LogLevel } from '../base/logger.js';
import { namesIn } from '../cluster/cluster-record.js';
import { type ClusterLocation, logDir } from '../wire/cluster-files.js';
import { CommandError, exitCodes } from './exit-codes.js';
import { badValue, type Flags } from './flags.js';
import { note } from './output.js';

/**
 * Where ipcontroller and ipengine look for their files: flags come before the environment that a launcher
 * sets. Source: ipyparallel 9.2, `ipyparallel/apps/baseapp.py`.
 */
export function locationOf(flags: Flags, environment: NodeJS.ProcessEnv): ClusterLocation {
  return {
    clusterId: flags.text('cluster-id') ?? environment['IPP_CLUSTER_ID'] ?? '',
    profileDir: resolve(profileDirOf(flags, environment)),
  };
}

function profileDirOf(flags: Flags, environment: NodeJS.ProcessEnv): string {
  const folder = flags.text('profile-dir');
  if (folder !== undefined) return folder;
  const name = flags.text('profile');
  const given = environment['IPP_PROFILE_DIR'];
  if (name === undefined && given !== undefined) return given;
  const ipythonDir =
    flags.text('ipython-dir') ?? environment['IPYTHONDIR'] ?? join(homedir(), '.ipython');
  return join(ipythonDir, `profile_${name ?? 'default'}`);
}

/**
 * The log file that `--log-to-file` asks for, named as ipyparallel names it; undefined without. Before
 * that, `--clean-logs` has removed those of earlier runs.
 */
export async function logFileOf(
  program: 'ipcontroller' | 'ipengine',
  flags: Flags,
  location: ClusterLocation,
): Promise<string | undefined> {
  const folder = logDir(location);
  if (flags.isOn('clean-logs') === true) await removeLogs(program, location);
  if (flags.isOn('log-to-file') !== true) return undefined;
  await makeFolder(folder);
  const path = join(folder, `${program}-${location.clusterId}-${process.pid}.log`);
  note(`Sending logs to ${path}`);
  return path;
}

async function removeLogs(program: string, location: ClusterLocation): Promise<void> {
  const folder = logDir(location);
  const starts = [`${program}-`, `${program}-${location.clusterId}-`];
  const isOurs = (name: string): boolean =>
    starts.some(
      (start) => name.startsWith(start) && /^\d+\.(log|err|out)$/.test(name.slice(start.length)),
    );
  const names = (await namesIn(folder)).filter(isOurs);
  await Promise.all(names.map((name) => rm(join(folder, name), { force: true })));
}

/** A log in `file`, else on stderr. */
export function openLog(file: string | undefined, level: LogLevel): Logger {
  const descriptor = file === undefined ? 2 : openSync(file, 'a', 0o600);
  const write = (line: string): void => {
    try {
      writeSync(descriptor, line);
    } catch {
      // a full disk, or a terminal that is gone, must not end the cluster
    }
  };
  return jsonLogger(write, { level });
}

/** By Python's numbers and names. @throws {@link ParallelError} `BAD_ARGUMENT`. */
export function levelOf(flags: Flags): LogLevel {
  if (flags.isOn('debug') === true) return 'debug';
  if (flags.isOn('quiet') === true) return 'error';
  const text = flags.text('log-level')?.toLowerCase() ?? 'info';
  const level = /^\d+$/.test(text) ? levelOfNumber(Number(text)) : levels[text];
  if (level !== undefined) return level;
  throw badValue('log-level', `a number or one of ${Object.keys(levels).join(', ')}`, text);
}

const levels: Readonly<Record<string, LogLevel>> = {
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  critical: 'error',
};

function levelOfNumber(number: number): LogLevel {
  if (number <= 10) return 'debug';
  if (number <= 20) return 'info';
  return number <= 30 ? 'warn' : 'error';
}

/** @throws {@link ParallelError} `BAD_ARGUMENT` for a folder that is none. */
export function workIn(folder: string | undefined): void {
  if (folder === undefined) return;
  try {
    process.chdir(folder.replace(/^~(?=\/|$)/, homedir()));
  } catch (error) {
    throw new ParallelError('BAD_ARGUMENT', `Could not work in ${folder}: ${messageOf(error)}.`);
  }
}

/** ipcontroller and ipengine know one exit code for everything that keeps them from starting. */
export async function failingAsTheirs(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof ParallelError) || error instanceof CommandError) throw error;
    throw new CommandError(exitCodes.failed, error.message, error.code);
  }
}

/** @throws {@link ParallelError} `START_FAILED`. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new ParallelError('START_FAILED', `Could not make ${path}: ${messageOf(error)}.`);
  }
}
