// Not the globals: see clock.ts.
import { clearTimeout, setTimeout } from 'node:timers';
import { getHeapStatistics } from 'node:v8';
import { collectGarbage } from './garbage.js';

/**
 * Long enough that the next cell is not being typed; and V8 gives back the room for new objects only when few were
 * made in the last five seconds.
 */
const idleMs = 5000;
/** A heap that shrinks by less is tidy. */
const shrinkBytes = 2 ** 21;

/** A thread's heap, in bytes. */
export interface Heap {
  /** What is in it, garbage too. */
  readonly usedBytes: number;
  /** Buffers that its objects hold. */
  readonly buffersBytes: number;
  /** What it has taken from the system. */
  readonly takenBytes: number;
}

interface IdleCollectionOptions {
  /** The garbage that a collection is worth while nobody waits, or the room that a heap has taken beside it. */
  readonly worthBytes: number;
  /** The garbage that is not left to lie even when somebody may be waiting. @defaultValue no limit */
  readonly pressingBytes?: number;
  /** What is in use may be so much, or a collection takes too long to be made unasked. @defaultValue no limit */
  readonly largestBytes?: number;
  /** Whether the thread has nothing to do; without it nobody waits once it did nothing for five seconds. */
  readonly isIdle?: () => boolean;
  /** Lets go of what makes things fast, before a collection for which nobody waits. */
  readonly tidyUp?: () => void;
  /** @defaultValue this thread's */
  readonly heap?: () => Heap;
  /** @defaultValue this thread's */
  readonly collect?: () => void;
  /** Calls back once, and does not keep the process. @returns what gives it up. @defaultValue a timer of Node's */
  readonly after?: (durationMs: number, action: () => void) => () => void;
}

/**
 * Collects a thread's garbage while nobody waits for it: V8 lets it lie until a heap has doubled, and never looks
 * while nothing is allocated.
 */
export class IdleCollection {
  readonly #options: IdleCollectionOptions;
  readonly #heap: () => Heap;
  #cancel: () => void = () => undefined;
  /** After the last collection; before the first, what was there. */
  #kept: Heap | undefined;
  /** Nothing is known of what was there before the first. */
  #isTidy = false;

  constructor(options: IdleCollectionOptions) {
    this.#options = options;
    this.#heap = options.heap ?? ownHeap;
  }

  /** To be called whenever the thread has done something. */
  postpone(): void {
    const { pressingBytes = Infinity, tidyUp } = this.#options;
    const kept = (this.#kept ??= this.#heap());
    if (inUse(this.#heap()) - inUse(kept) >= pressingBytes) this.#collect();
    this.#whenIdle(() => {
      tidyUp?.();
      if (!this.#isTidy || this.#isWorthIt()) this.#tidy();
    });
  }

  #isWorthIt(): boolean {
    const [now, kept] = [this.#heap(), this.#kept];
    if (kept === undefined) return true;
    const garbageBytes = inUse(now) - inUse(kept);
    const roomBytes = now.takenBytes - kept.takenBytes;
    return Math.max(garbageBytes, roomBytes) >= this.#options.worthBytes;
  }

  /** A collection empties pages, and the next one gives them back, and moves what keeps others. */
  #tidy(): void {
    this.#collect();
    const { takenBytes: beforeBytes } = this.#heap();
    this.#whenIdle(() => {
      this.#collect();
      this.#isTidy = beforeBytes - this.#heap().takenBytes < shrinkBytes;
      if (!this.#isTidy) this.#tidy();
    });
  }

  #whenIdle(action: () => void): void {
    const { isIdle = () => true, largestBytes = Infinity, after = ownTimer } = this.#options;
    this.#cancel();
    this.#cancel = after(idleMs, () => {
      if (isIdle() && this.#heap().usedBytes <= largestBytes) action();
    });
  }

  #collect(): void {
    const { collect = collectGarbage } = this.#options;
    collect();
    this.#kept = this.#heap();
    this.#isTidy = false;
  }
}

function inUse({ usedBytes, buffersBytes }: Heap): number {
  return usedBytes + buffersBytes;
}

function ownHeap(): Heap {
  const statistics = getHeapStatistics();
  return {
    usedBytes: statistics.used_heap_size,
    buffersBytes: statistics.external_memory,
    takenBytes: statistics.total_heap_size,
  };
}

function ownTimer(durationMs: number, action: () => void): () => void {
  const timer = setTimeout(action, durationMs).unref();
  return () => clearTimeout(timer);
}
