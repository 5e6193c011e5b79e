import { rm } from 'node:fs/promises';
import { ParallelError } from '../base/errors.js';
import { CompilerProcess } from './compiler-process.js';
import { CompilerThread } from './compiler-thread.js';
import { PendingCalls } from './pending-calls.js';
import type { Method, ReplyOf, RequestOf } from './protocol.js';
import type { Ending, Seat, SeatOptions } from './seat.js';
import { findSnapshot, makeSnapshot, snapshotFolders } from './snapshot-file.js';

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
  hasCompiled: boolean;
}

/** Nobody waits for a cell any more, and the next one is not being typed. */
const restMs = 5000;

/**
 * Calls of the compiler, which starts with the first: in a process that begins with a snapshot, in a thread where
 * there is none. When it dies, the calls that waited for it fail and the next one starts another. While it is idle it
 * does not keep this process alive.
 */
export class CompilerHost {
  readonly #options: CompilerOptions;
  readonly #folders: readonly string[];
  readonly #closing = new AbortController();
  #running: Running | undefined;
  #hasAnswered = false;
  #resting: NodeJS.Timeout | undefined;
  #making: Promise<unknown> | undefined;

  constructor(options: CompilerOptions) {
    this.#options = options;
    this.#folders = options.folders ?? snapshotFolders();
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
    if (this.#isClosed) throw new ParallelError('COMPILE', 'The compiler is closed.');
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
    this.#closing.abort(new ParallelError('COMPILE', 'The compiler was closed.'));
    clearTimeout(this.#resting);
    await Promise.all([this.#running?.seat.close(), this.#making]);
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  #start(): Running {
    const snapshot = findSnapshot(this.#folders);
    if (snapshot === undefined) return this.#startThread(new PendingCalls());
    return this.#run(new CompilerProcess(snapshot, this.#options), new PendingCalls(), snapshot);
  }

  #startThread(pending: PendingCalls): Running {
    return this.#run(new CompilerThread(this.#options), pending);
  }

  #run(seat: Seat, pending: PendingCalls, snapshot?: string): Running {
    const running: Running = { seat, pending, snapshot, hasCompiled: false };
    seat.onReply((message) => {
      running.hasCompiled ||= pending.methodOf(message.id) === 'compile';
      pending.settle(message);
      if (pending.size === 0) seat.unref();
      if (snapshot === undefined) this.#makeSnapshotLater();
    });
    void seat.ended.then((ending) => this.#ended(running, ending)); // it never rejects
    return running;
  }

  #ended(running: Running, { text, isOwnFault }: Ending): void {
    if (this.#running !== running) return;
    const { pending, snapshot, hasCompiled } = running;
    this.#running = undefined;
    if (snapshot !== undefined && !hasCompiled && !this.#isClosed) {
      if (isOwnFault) rm(snapshot, { force: true }).catch(() => undefined); // not ours to remove
      this.#doWithout(pending);
      return;
    }
    const message = this.#isClosed ? 'The compiler was closed.' : `The compiler stopped: ${text}.`;
    pending.fail(new ParallelError('COMPILE', message));
  }

  /** A process that never compiled anything: this time a thread does it. */
  #doWithout(pending: PendingCalls): void {
    const { seat } = (this.#running = this.#startThread(pending));
    for (const message of pending.messages) seat.post(message);
  }

  /** For the next kernel, once. A system on which that failed is asked again by the next one. */
  #makeSnapshotLater(): void {
    const { keepsSnapshot = false } = this.#options;
    clearTimeout(this.#resting);
    if (!keepsSnapshot || this.#making !== undefined) return;
    this.#resting = setTimeout(() => {
      this.#making = makeSnapshot(this.#folders, this.#closing.signal).catch(() => undefined);
    }, restMs).unref();
  }
}
