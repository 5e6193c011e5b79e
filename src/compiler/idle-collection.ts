import { getHeapStatistics } from 'node:v8';
import { collectGarbage } from '../base/garbage.js';

/** Long enough that the next cell is not being typed. */
const idleMs = 2000;
/** What a collection has to be worth: the garbage of some twenty cells when nobody waits, of a hundred otherwise. */
const worthBytes = 16 * 2 ** 20;
const pressingBytes = 64 * 2 ** 20;
/** A heap that shrinks by less is tidy. */
const shrinkBytes = 2 * 2 ** 20;

/**
 * Collects a thread's garbage, a tenth of a second of work, while nobody waits for it. Each cell leaves a program
 * behind; V8 lets hundreds of megabytes of them lie before it looks, and never looks while nothing is allocated.
 */
export class IdleCollection {
  #timer: NodeJS.Timeout | undefined;
  /** What is in use after the last collection; before the first, what was loaded. */
  #keptBytes: number | undefined;
  #isTidy = true;

  /** To be called whenever the thread has done something. */
  postpone(): void {
    const keptBytes = (this.#keptBytes ??= getHeapStatistics().used_heap_size);
    if (garbageSince(keptBytes) >= pressingBytes) this.#collect();
    this.#whenIdle(() => {
      if (!this.#isTidy || garbageSince(this.#keptBytes ?? 0) >= worthBytes) this.#tidy();
    });
  }

  /** A collection empties pages, and the next one gives them back, and moves what keeps others. */
  #tidy(): void {
    this.#collect();
    const { total_heap_size: beforeBytes } = getHeapStatistics();
    this.#whenIdle(() => {
      this.#collect();
      this.#isTidy = beforeBytes - getHeapStatistics().total_heap_size < shrinkBytes;
      if (!this.#isTidy) this.#tidy();
    });
  }

  #whenIdle(action: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(action, idleMs).unref();
  }

  #collect(): void {
    collectGarbage();
    this.#keptBytes = getHeapStatistics().used_heap_size;
    this.#isTidy = false;
  }
}

function garbageSince(keptBytes: number): number {
  return getHeapStatistics().used_heap_size - keptBytes;
}
