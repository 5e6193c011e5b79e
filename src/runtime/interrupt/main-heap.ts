import { getHeapStatistics } from 'node:v8';
import { collectGarbage } from '../../base/garbage.js';

/** From this share of the limit on it is asked how much of it is garbage. */
const crowdedShare = 0.88;
/** The share in use, without garbage, from which on a run is stopped that filled the heap. */
const fullShare = 0.85;
/** A run that takes less fills nothing: earlier ones did, and it is stopped at the last moment only. */
const takenShare = 0.05;
const lastShare = 0.95;
/** A collection that found room is not repeated for so many times as long as it took. */
const calmFactor = 2;
/** Of the limit that V8 tells, so much is for new objects alone: what is kept cannot use it. */
const newObjectsBytes = 64 * 1024 ** 2;

/** How full a heap was, in bytes. */
export interface HeapFill {
  readonly usedBytes: number;
  readonly limitBytes: number;
  /** False when nearly all of it was in use before the run began. */
  readonly isOfRun: boolean;
}

/** The heap of the thread that calls. V8 ends the process when it is full: no error can be caught. */
export class MainHeap {
  #atStartBytes = 0;
  #wasFull = false;
  #calmUntilMs = 0;

  /** A run begins, which is not to be blamed for what is there. */
  begin(): void {
    if (this.#wasFull) collectGarbage(); // what the run before has left
    this.#wasFull = false;
    this.#atStartBytes = usedBytesNow();
  }

  /** How full it is when it is full of what is in use; undefined as long as there is room. */
  fullness(): HeapFill | undefined {
    const startMs = performance.now();
    const limitBytes = limitBytesOf(getHeapStatistics().heap_size_limit);
    if (startMs < this.#calmUntilMs || usedBytesNow() < crowdedShare * limitBytes) return undefined;
    collectGarbage();
    const usedBytes = usedBytesNow();
    const isOfRun = usedBytes - this.#atStartBytes >= takenShare * limitBytes;
    this.#wasFull = usedBytes >= (isOfRun ? fullShare : lastShare) * limitBytes;
    if (this.#wasFull) return { usedBytes, limitBytes, isOfRun };
    const endMs = performance.now();
    this.#calmUntilMs = endMs + calmFactor * (endMs - startMs);
    return undefined;
  }
}

function usedBytesNow(): number {
  return getHeapStatistics().used_heap_size;
}

function limitBytesOf(toldBytes: number): number {
  return Math.max(toldBytes - newObjectsBytes, newObjectsBytes);
}
