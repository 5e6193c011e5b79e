import { rm } from 'node:fs/promises';
import { ParallelError } from '../base/errors.js';
import { CompilerProcess } from './compiler-process.js';
import { CompilerThread } from './compiler-thread.js';
import { PendingCalls } from './pending-calls.js';
import type { Method, ReplyOf, RequestOf } from './protocol.js';
import type { Seat, SeatOptions } from './seat.js';
import { findSnapshot, snapshotFolders } from './snapshot-file.js';

export interface CompilerOptions extends SeatOptions {
  /** Makes a snapshot of the compiler when there is none, for the next start. @defaultValue false */
  readonly keepsSnapshot?: boolean;
  /** Where snapshots are looked for; new ones are put into the last. @defaultValue the package's and the user's */
  readonly folders?: readonly string[];
}

interface Running {
  readonly seat: Seat;
  readonly pending: PendingCalls;
  /** What the process began with. */
  readonly snapshot: string | undefined;
  hasAnswered: boolean;
}

/**
 * Calls of the compiler, which starts with the first: in a process that begins with a snapshot, in a thread where
 * there is none. When it dies, the calls that waited for it fail and the next one starts another. While it is idle it
 * does not keep this process alive.
 */
export class CompilerHost {
  readonly #options: CompilerOptions;
  #running: Running | undefined;
  #closed = false;
  #hasAnswered = false;

  constructor(options: CompilerOptions) {
    this.#options = options;
  }

  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  async call<M extends Method>(
    method: M,
    request: RequestOf<M>,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<ReplyOf<M>> {
    signal?.throwIfAborted();
    if (this.#closed) throw new ParallelError('COMPILE', 'The compiler is closed.');
    const { seat, pending } = (this.#running ??= this.#start());
    const { message, answer } = pending.open(method, request);
    const giveUp = (): void => {
      answer.reject(signal?.reason);
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    seat.ref();
    seat.post(message);
    try {
      const reply = (await answer.promise) as ReplyOf<M>;
      this.#hasAnswered = true;
      return reply;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  /** Ends the compiler; calls that still wait for it fail. Closing twice is closing once. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running?.seat.close();
  }

  #start(): Running {
    const { folders = snapshotFolders() } = this.#options;
    const snapshot = findSnapshot(folders);
    if (snapshot === undefined) return this.#startThread(new PendingCalls());
    return this.#run(new CompilerProcess(snapshot, this.#options), new PendingCalls(), snapshot);
  }

  #startThread(pending: PendingCalls): Running {
    const { folders = snapshotFolders(), keepsSnapshot = false } = this.#options;
    const thread = new CompilerThread({
      ...this.#options,
      snapshotFolders: keepsSnapshot ? folders : undefined,
    });
    return this.#run(thread, pending);
  }

  #run(seat: Seat, pending: PendingCalls, snapshot?: string): Running {
    const running: Running = { seat, pending, snapshot, hasAnswered: false };
    seat.onReply((message) => {
      running.hasAnswered = true;
      pending.settle(message);
      if (pending.size === 0) seat.unref();
    });
    void seat.ended.then((how) => this.#ended(running, how));
    return running;
  }

  #ended(running: Running, how: string): void {
    if (this.#running !== running) return;
    const { pending, snapshot, hasAnswered } = running;
    this.#running = undefined;
    if (snapshot !== undefined && !hasAnswered && !this.#closed) {
      this.#doWithout(snapshot, pending);
      return;
    }
    const message = this.#closed ? 'The compiler was closed.' : `The compiler stopped: ${how}.`;
    pending.fail(new ParallelError('COMPILE', message));
  }

  /** Another one will be made; this time a thread does it. */
  #doWithout(snapshot: string, pending: PendingCalls): void {
    rm(snapshot, { force: true }).catch(() => undefined); // not ours to remove: it is tried again the next time
    const { seat } = (this.#running = this.#startThread(pending));
    for (const message of pending.messages) seat.post(message);
  }
}
