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
}

/**
 * Collects a thread's garbage while nobody waits for it: V8 lets it lie until a heap has doubled, and never looks
 * while nothing is allocated.
 */
export class IdleCollection {
  readonly #options: IdleCollectionOptions;
  #timer: NodeJS.Timeout | undefined;
  /** What is in use after the last collection; before the first, what was there. */
  #keptBytes: number | undefined;
  /** What the heap took from the system then. */
  #takenBytes = 0;
  /** Nothing is known of what was there before the first. */
  #isTidy = false;

  constructor(options: IdleCollectionOptions) {
    this.#options = options;
  }

  /** To be called whenever the thread has done something. */
  postpone(): void {
    const { worthBytes, pressingBytes = Infinity, tidyUp } = this.#options;
    const keptBytes = (this.#keptBytes ??= bytesInUse());
    if (garbageSince(keptBytes) >= pressingBytes) this.#collect();
    this.#whenIdle(() => {
      tidyUp?.();
      const garbageBytes = garbageSince(this.#keptBytes ?? 0);
      const roomBytes = bytesTaken() - this.#takenBytes;
      if (!this.#isTidy || Math.max(garbageBytes, roomBytes) >= worthBytes) this.#tidy();
    });
  }

  /** A collection empties pages, and the next one gives them back, and moves what keeps others. */
  #tidy(): void {
    this.#collect();
    const beforeBytes = bytesTaken();
    this.#whenIdle(() => {
      this.#collect();
      this.#isTidy = beforeBytes - bytesTaken() < shrinkBytes;
      if (!this.#isTidy) this.#tidy();
    });
  }

  #whenIdle(action: () => void): void {
    clearTimeout(this.#timer);
    const { isIdle = () => true, largestBytes = Infinity } = this.#options;
    this.#timer = setTimeout(() => {
      if (isIdle() && getHeapStatistics().used_heap_size <= largestBytes) action();
    }, idleMs).unref();
  }

  #collect(): void {
    collectGarbage();
    this.#keptBytes = bytesInUse();
    this.#takenBytes = bytesTaken();
    this.#isTidy = false;
  }
}

function garbageSince(keptBytes: number): number {
  return bytesInUse() - keptBytes;
}

function bytesTaken(): number {
  return getHeapStatistics().total_heap_size;
}

/** With the buffers that the heap's objects hold. */
function bytesInUse(): number {
  const { used_heap_size: heapBytes, external_memory: buffersBytes } = getHeapStatistics();
  return heapBytes + buffersBytes;
}
