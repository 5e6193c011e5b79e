import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** From this share of the limit on it is asked how much of it is garbage. */
const crowdedShare = 0.88;
/** The share that is in use, without garbage, from which on the heap counts as full. */
const fullShare = 0.85;
/** A collection that found enough garbage is not repeated for so many times as long as it took. */
const calmFactor = 2;

/** Of the limit that V8 tells, so much is for new objects alone: what is kept cannot use it. */
const newObjectsBytes = 64 * 1024 ** 2;

/** How full a heap was, in bytes. */
export interface HeapFill {
  readonly usedBytes: number;
  readonly limitBytes: number;
}

/** The heap of the thread that calls. V8 ends the process when it is full: no error can be caught. */
export class MainHeap {
  #collect: (() => void) | undefined;
  #calmUntilMs = 0;

  /** How full it is when it is full of what is in use; undefined as long as there is room. */
  fullness(): HeapFill | undefined {
    const startMs = performance.now();
    if (startMs < this.#calmUntilMs || shareOf(fillNow()) < crowdedShare) return undefined;
    (this.#collect ??= collector())();
    const fill = fillNow();
    if (shareOf(fill) >= fullShare) return fill;
    const endMs = performance.now();
    this.#calmUntilMs = endMs + calmFactor * (endMs - startMs);
    return undefined;
  }
}

function fillNow(): HeapFill {
  const { used_heap_size: usedBytes, heap_size_limit: limitBytes } = getHeapStatistics();
  return { usedBytes, limitBytes: Math.max(limitBytes - newObjectsBytes, newObjectsBytes) };
}

function shareOf({ usedBytes, limitBytes }: HeapFill): number {
  return usedBytes / limitBytes;
}

/** V8 makes its `gc` in contexts that are new while the flag is set; the user's stays without it. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  try {
    return runInNewContext('gc') as () => void;
  } finally {
    setFlagsFromString('--no-expose-gc');
  }
}
