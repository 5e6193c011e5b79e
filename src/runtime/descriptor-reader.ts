import { readSync } from 'node:fs';
import { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import type { CapturedDescriptors } from './descriptor-capture.js';

type StreamName = 'stdout' | 'stderr';

export interface DescriptorText {
  readonly name: StreamName;
  readonly text: string;
}

/** Not more than this is read at once: a child may print faster than it can be sent. */
const readLimit = 1024 * 1024;
/** For each read at once, whose text is taken before the next: one for each cell would scatter the C library's memory. */
let readBuffer: Buffer | undefined;

/** Reads what bypassed JavaScript, on the worker: main may be blocked by the very child that prints. */
export class DescriptorReader {
  readonly #ends: readonly PipeEnd[];

  constructor(descriptors: CapturedDescriptors, onText: (output: DescriptorText) => void) {
    this.#ends = [
      new PipeEnd('stdout', descriptors.stdout, onText),
      new PipeEnd('stderr', descriptors.stderr, onText),
    ];
  }

  /** What arrived and was not handed out yet. */
  readNow(): DescriptorText[] {
    return this.#ends.flatMap((end) => end.readNow());
  }

  /** Reads no more until {@link resume}: the pipe fills, and who prints has to wait. */
  pause(): void {
    for (const end of this.#ends) end.socket.pause();
  }

  resume(): void {
    for (const end of this.#ends) end.socket.resume();
  }

  close(): void {
    for (const end of this.#ends) end.socket.destroy();
  }
}

class PipeEnd {
  readonly socket: Socket;
  readonly #name: StreamName;
  readonly #descriptor: number;
  readonly #decoder = new StringDecoder('utf8');

  constructor(name: StreamName, descriptor: number, onText: (output: DescriptorText) => void) {
    this.#name = name;
    this.#descriptor = descriptor;
    this.socket = new Socket({ fd: descriptor, readable: true, writable: false });
    this.socket.on('data', (bytes) => {
      const text = this.#decoder.write(bytes);
      if (text !== '') onText({ name, text });
    });
    this.socket.on('error', () => this.socket.destroy());
    this.socket.unref();
  }

  readNow(): DescriptorText[] {
    const chunk = (readBuffer ??= Buffer.allocUnsafeSlow(64 * 1024));
    let text = '';
    try {
      while (text.length < readLimit) {
        const length = readSync(this.#descriptor, chunk);
        if (length === 0) break;
        text += this.#decoder.write(chunk.subarray(0, length));
      }
    } catch {
      // EAGAIN: nothing more for now
    }
    return text === '' ? [] : [{ name: this.#name, text }];
  }
}
