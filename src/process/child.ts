import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, lstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { systemClock } from '../base/clock.js';
import { deferred } from '../base/deferred.js';
import { messageOf, ParallelError } from '../base/errors.js';
import { endGroup, type Exit, signalGroup } from './process-group.js';

interface TextReceiver {
  readonly onText: (name: 'stdout' | 'stderr', text: string) => void;
}

export interface ChildOptions {
  readonly command: string;
  readonly args?: readonly string[];
  readonly cwd?: string | undefined;
  /** The whole environment. @defaultValue this process's */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /**
   * stdout and stderr together: appended to a file of mode 0600, kept in `captured`, shown here, or handed
   * over as they come.
   */
  readonly output: { readonly file: string } | 'capture' | 'inherit' | TextReceiver;
  /** Gives the child a pipe at file descriptor 3, whose text arrives in `report`. */
  readonly hasReport?: boolean;
  /** Gives the child a channel for messages, of anything that can be cloned; it is for programs of Node's. */
  readonly hasChannel?: boolean;
  /** Ends it when this process dies, whatever it does: on Linux with util-linux; elsewhere it has to look itself. */
  readonly diesWithParent?: boolean;
  /** User the child runs as; for root only. */
  readonly uid?: number;
}

/**
 * A child process in a process group of its own, with nothing on its stdin: it gets no Ctrl-C that was
 * meant for its parent, outlives it when it has to, and is ended together with its own children.
 */
export class Child {
  readonly pid: number;
  /** How it ended. Never rejects. */
  readonly exited: Promise<Exit>;
  /** Resolves when stdout and stderr are closed: with all of both, for `output: 'capture'`. */
  readonly captured: Promise<string>;
  /** What it writes to file descriptor 3, for `hasReport`. */
  readonly report: Socket | undefined;
  readonly #process: ChildProcess;

  constructor(process: ChildProcess, pid: number, onText?: TextReceiver['onText']) {
    this.#process = process;
    this.pid = pid;
    const exited = deferred<Exit>();
    process.once('exit', (code, signal) => exited.resolve({ code, signal }));
    this.exited = exited.promise;
    this.captured = onText === undefined ? captureOf(process) : handOver(process, onText);
    const report = process.stdio[3];
    this.report = report instanceof Socket ? report : undefined;
  }

  /** @throws {@link ParallelError} `START_FAILED` when the program cannot be run. */
  static async spawn(options: ChildOptions): Promise<Child> {
    const { output } = options;
    const log = typeof output === 'object' && 'file' in output ? openLog(output.file) : undefined;
    try {
      return await spawnWith(options, log ?? (output === 'inherit' ? 'inherit' : 'pipe'));
    } finally {
      if (log !== undefined) closeSync(log);
    }
  }

  /** Sends a message over its channel; one that has ended gets nothing. */
  post(message: object): void {
    if (this.#process.connected) this.#process.send(message, () => undefined); // its end is told by `exited`
  }

  /** Calls `listener` with each message that comes over its channel. */
  onMessage(listener: (message: unknown) => void): void {
    this.#process.on('message', listener);
  }

  /** Sends `signal` to the child itself. A child that has ended gets nothing. */
  signal(signal: NodeJS.Signals): void {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill(signal);
    }
  }

  /** Sends `signal` to the child and to what it started. */
  signalGroup(signal: NodeJS.Signals): void {
    signalGroup(this.pid, signal);
  }

  /** Ends the child and what it started: SIGTERM, and SIGKILL for what is left after `graceMs`. */
  async end(options: { graceMs: number }): Promise<Exit> {
    await endGroup(this.pid, {
      ...options,
      exited: () => this.exited,
      clock: systemClock,
    });
    return this.exited;
  }

  /** This process stays until the child has ended. */
  ref(): void {
    this.#process.ref();
    for (const pipe of this.#pipes) pipe.ref();
  }

  /** This process may end while the child runs. */
  unref(): void {
    this.#process.unref();
    for (const pipe of this.#pipes) pipe.unref();
  }

  get #pipes(): readonly { ref(): void; unref(): void }[] {
    const { stdout, stderr, channel } = this.#process;
    const sockets = [this.report, stdout, stderr].filter((pipe) => pipe instanceof Socket);
    return channel ? [...sockets, channel] : sockets;
  }
}

async function spawnWith(
  options: ChildOptions,
  target: number | 'inherit' | 'pipe',
): Promise<Child> {
  const { env = process.env, cwd, uid } = options;
  const { command, args } = commandOf(options);
  const stdio = stdioOf(options, target);
  const place = cwd === undefined ? {} : { cwd };
  const user = uid === undefined ? {} : { uid, gid: uid };
  const fixed = { detached: true, serialization: 'advanced' } as const;
  const child = spawn(command, args, { env, stdio, ...fixed, ...place, ...user });
  const { output } = options;
  const onText = typeof output === 'object' && 'onText' in output ? output.onText : undefined;
  if (child.pid !== undefined) return new Child(child, child.pid, onText);
  const [error] = (await once(child, 'error')) as [Error];
  throw new ParallelError(
    'START_FAILED',
    `Could not run ${options.command}: ${messageOf(error)}.`,
    {
      cause: error,
    },
  );
}

function commandOf({ command, args = [], diesWithParent = false }: ChildOptions): {
  readonly command: string;
  readonly args: readonly string[];
} {
  if (!diesWithParent || !hasSetPriv()) return { command, args };
  return { command: setPriv, args: ['--pdeathsig', 'KILL', '--', command, ...args] };
}

/** Source: https://man7.org/linux/man-pages/man1/setpriv.1.html */
const setPriv = '/usr/bin/setpriv';

/** That of util-linux: busybox has one of the same name, which is a link and cannot do this. */
function hasSetPriv(): boolean {
  return lstatSync(setPriv, { throwIfNoEntry: false })?.isFile() === true;
}

function stdioOf(
  { hasReport = false, hasChannel = false }: ChildOptions,
  target: number | 'inherit' | 'pipe',
): StdioOptions {
  const fixed = ['ignore', target, target, hasReport ? 'pipe' : 'ignore'] as const;
  return hasChannel ? [...fixed, 'ipc'] : [...fixed];
}

/** Appends, so that a restarted engine goes on in its file. */
function openLog(path: string): number {
  try {
    return openSync(path, 'a', 0o600);
  } catch (error) {
    throw new ParallelError(
      'START_FAILED',
      `Could not write the log ${path}: ${messageOf(error)}. ` +
        'Free some space or make the folder writable, then start again.',
      { cause: error },
    );
  }
}

async function captureOf({ stdout, stderr }: ChildProcess): Promise<string> {
  if (stdout === null || stderr === null) return '';
  const parts = await Promise.all([text(stdout), text(stderr)]);
  return parts.join('');
}

async function handOver(
  { stdout, stderr }: ChildProcess,
  onText: TextReceiver['onText'],
): Promise<string> {
  const read = async (name: 'stdout' | 'stderr', stream: Readable | null): Promise<void> => {
    if (stream === null) return;
    for await (const text of stream.setEncoding('utf8')) onText(name, String(text));
  };
  await Promise.all([read('stdout', stdout), read('stderr', stderr)]);
  return '';
}
