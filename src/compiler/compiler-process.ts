import { join } from 'node:path';
import { compilerAllocatorSettings } from '../base/allocator-settings.js';
import { messageOf } from '../base/errors.js';
import { Child } from '../process/child.js';
import { createPrivateFolder, removePrivateFolder } from '../process/private-folder.js';
import { ownIdentity } from '../process/process-identity.js';
import type { ReplyMessage, RequestMessage } from './protocol.js';
import type { Ending, Seat, SeatOptions } from './seat.js';

/** What the process is told: first of all where it is, then requests, and once where to listen for another thread. */
export type ToProcess =
  | { readonly type: 'greeting'; readonly cwd: string }
  | { readonly type: 'listen'; readonly path: string }
  | { readonly type: 'request'; readonly request: RequestMessage };

/**
 * Room for new objects: all of it is touched, so that more is memory and less is work for the collector. Cells take
 * the same time with 4 MB as with 16. A snapshot suits its flags alone.
 */
export const nodeFlags: readonly string[] = ['--min-semi-space-size=4', '--max-semi-space-size=4'];

/** What Node reads of the environment is for the kernel, not for its compiler. */
export function compilerEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('NODE_'));
  return { ...Object.fromEntries(own), ...compilerAllocatorSettings };
}

/**
 * The compiler in a process of Node's that begins with a snapshot: with TypeScript loaded, and the declarations of
 * its library, of Node and of `px` read. It ends with the process that started it.
 */
export class CompilerProcess implements Seat {
  readonly ended: Promise<Ending>;
  readonly #child: Promise<Child>;
  /** Holds the socket for another thread, which removes it when it is connected. */
  readonly #folder: Promise<string> | undefined;
  readonly #listeners: ((reply: ReplyMessage) => void)[] = [];
  #isReferenced = true;

  constructor(snapshot: string, { cwd, onWay }: SeatOptions) {
    this.#child = Child.spawn({
      command: process.execPath,
      args: [...nodeFlags, '--snapshot-blob', snapshot, 'pxlab-compiler'],
      env: compilerEnvironment(),
      output: 'capture',
      hasChannel: true,
      diesWithParent: true,
    });
    this.#post({ type: 'greeting', cwd });
    this.#folder = onWay && this.#openWay(onWay);
    this.ended = this.#watch();
  }

  post(request: RequestMessage): void {
    this.#post({ type: 'request', request });
  }

  onReply(listener: (reply: ReplyMessage) => void): void {
    this.#listeners.push(listener);
  }

  ref(): void {
    this.#isReferenced = true;
    this.#with((child) => child.ref());
  }

  unref(): void {
    this.#isReferenced = false;
    this.#with((child) => this.#isReferenced || child.unref());
  }

  async close(): Promise<void> {
    this.ref();
    this.#with((child) => child.signal('SIGKILL')); // it holds nothing
    await this.ended;
  }

  async #watch(): Promise<Ending> {
    try {
      const child = await this.#child;
      child.onMessage((reply) => {
        for (const listener of this.#listeners) listener(reply as ReplyMessage);
      });
      const [{ code, signal }, said] = await Promise.all([child.exited, child.captured]);
      const text = [signal ?? `exit code ${code}`, said.trim()].filter(Boolean).join(': ');
      return { text, isOwnFault: signal === null || crashes.has(signal) };
    } catch (error) {
      return { text: messageOf(error), isOwnFault: false };
    } finally {
      const folder = await this.#folder?.catch(() => undefined);
      if (folder !== undefined) await removePrivateFolder(folder).catch(() => undefined);
    }
  }

  /**
   * Another thread cannot share the channel of this one: it gets a socket. It learns where before anybody listens
   * there, since this thread may be busy later. Where no folder can be had, there is no such way.
   */
  #openWay(onWay: (way: string) => void): Promise<string> {
    const open = async (): Promise<string> => {
      const folder = await createPrivateFolder(await ownIdentity(), `c${++folderCount}`);
      const path = join(folder, 'compiler');
      this.#post({ type: 'listen', path });
      onWay(path);
      return folder;
    };
    const folder = open();
    folder.catch(() => undefined);
    return folder;
  }

  #post(message: ToProcess): void {
    this.#with((child) => child.post(message));
  }

  #with(action: (child: Child) => void): void {
    this.#child.then(action, () => undefined); // `ended` tells that there is none
  }
}

/** Signals that a process ends itself by. */
const crashes: ReadonlySet<string> = new Set(['SIGABRT', 'SIGBUS', 'SIGILL', 'SIGSEGV', 'SIGTRAP']);

/** Of this process, which may start another compiler after one that died. */
let folderCount = 0;
