import { join } from 'node:path';
import { allocatorSettings } from '../base/allocator-settings.js';
import { messageOf } from '../base/errors.js';
import { Child } from '../process/child.js';
import { createPrivateFolder, removePrivateFolder } from '../process/private-folder.js';
import { ownIdentity } from '../process/process-identity.js';
import type { ReplyMessage, RequestMessage } from './protocol.js';
import type { Seat, SeatOptions } from './seat.js';

/** What the process is told: first of all where it is, then requests, and once where to listen for another thread. */
export type ToProcess =
  | { readonly type: 'greeting'; readonly cwd: string }
  | { readonly type: 'listen'; readonly path: string }
  | { readonly type: 'request'; readonly request: RequestMessage };

/** What it tells; `taken` when the other thread is there, and nothing of the place is needed any more. */
export type FromProcess =
  | { readonly type: 'reply'; readonly reply: ReplyMessage }
  | { readonly type: 'listening' }
  | { readonly type: 'taken' };

/** Each cell makes much that is soon garbage: with more room, less of it is copied. A snapshot suits its flags alone. */
export const nodeFlags: readonly string[] = ['--min-semi-space-size=16'];

/** What Node reads of the environment is for the kernel, not for its compiler. */
export function compilerEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('NODE_'));
  return { ...Object.fromEntries(own), ...allocatorSettings };
}

/**
 * The compiler in a process of Node's that begins with a snapshot: with TypeScript loaded, and the declarations of
 * its library, of Node and of `px` read. It ends with the process that started it.
 */
export class CompilerProcess implements Seat {
  readonly ended: Promise<string>;
  readonly #child: Promise<Child>;
  readonly #onWay: SeatOptions['onWay'];
  readonly #listeners: ((reply: ReplyMessage) => void)[] = [];
  #folder: Promise<string> | undefined;
  #isReferenced = true;

  constructor(snapshot: string, { cwd, onWay }: SeatOptions) {
    this.#onWay = onWay;
    this.#child = Child.spawn({
      command: process.execPath,
      args: [...nodeFlags, '--snapshot-blob', snapshot, 'pxlab-compiler'],
      env: compilerEnvironment(),
      output: 'capture',
      hasChannel: true,
    });
    this.ended = this.#watch();
    this.#post({ type: 'greeting', cwd });
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
    this.#with((child) => child.signal('SIGKILL')); // it holds nothing
    await this.ended;
    await this.#leaveFolder();
  }

  async #watch(): Promise<string> {
    try {
      const child = await this.#child;
      child.onMessage((message) => this.#heard(message as FromProcess));
      const [{ code, signal }, text] = await Promise.all([child.exited, child.captured]);
      return [signal ?? `exit code ${code}`, text.trim()].filter(Boolean).join(': ');
    } catch (error) {
      return messageOf(error);
    }
  }

  #heard(message: FromProcess): void {
    switch (message.type) {
      case 'reply':
        for (const listener of this.#listeners) listener(message.reply);
        if (this.#onWay !== undefined) this.#folder ??= this.#openFolder();
        break;
      case 'listening':
        void this.#folder?.then((folder) => this.#onWay?.(join(folder, socketName)));
        break;
      case 'taken':
        void this.#leaveFolder();
        break;
    }
  }

  /** Another thread cannot share the channel of this one: it gets a socket, of which no file is left. */
  async #openFolder(): Promise<string> {
    const folder = await createPrivateFolder(await ownIdentity());
    this.#post({ type: 'listen', path: join(folder, socketName) });
    return folder;
  }

  async #leaveFolder(): Promise<void> {
    const folder = await this.#folder?.catch(() => undefined);
    if (folder !== undefined) await removePrivateFolder(folder);
  }

  #post(message: ToProcess): void {
    this.#with((child) => child.post(message));
  }

  #with(action: (child: Child) => void): void {
    this.#child.then(action, () => undefined); // `ended` tells that there is none
  }
}

const socketName = 'compiler';
