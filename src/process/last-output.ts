import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** More than a pipe holds. */
const limitBytes = 256 * 1024;

/**
 * Another reading end of the pipe that a living process has as its stderr. When the process reads that
 * pipe itself, its last words, above all V8's on a heap that is full, are lost with it; this end keeps them.
 */
export class LastOutput {
  readonly #descriptor: number;

  private constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** @returns undefined where the stderr of `pid` is no pipe, or the system has no way to it. */
  static of(pid: number): LastOutput | undefined {
    if (process.platform !== 'linux') return undefined;
    try {
      const flags = constants.O_RDONLY | constants.O_NONBLOCK;
      const descriptor = openSync(`/proc/${pid}/fd/2`, flags);
      if (fstatSync(descriptor).isFIFO()) return new LastOutput(descriptor);
      closeSync(descriptor);
    } catch {
      // it has ended meanwhile, or is another user's
    }
    return undefined;
  }

  /** What nobody has read, now that the process has ended; closes this end. */
  take(): Buffer {
    const bytes = Buffer.allocUnsafe(limitBytes);
    let length = 0;
    try {
      while (length < limitBytes) {
        const count = readSync(this.#descriptor, bytes, length, limitBytes - length, null);
        if (count === 0) break;
        length += count;
      }
    } catch {
      // EAGAIN: what it started has the pipe still, and prints nothing now
    }
    closeSync(this.#descriptor);
    return bytes.subarray(0, length);
  }
}
