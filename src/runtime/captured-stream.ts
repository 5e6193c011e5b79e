import { StringDecoder } from 'node:string_decoder';
import { Writable } from 'node:stream';

type Done = (error?: Error | null) => void;

/**
 * Stands in for `process.stdout` and `process.stderr`: what is written goes to `print` at once, also
 * while the loop is blocked.
 *
 * `write` keeps no state but the half of a character, so code that is ended in the middle of it leaves
 * a stream that works.
 */
export class CapturedStream extends Writable {
  readonly fd: 1 | 2;
  readonly #print: (text: string) => void;
  readonly #decoder = new StringDecoder('utf8');

  constructor(fd: 1 | 2, print: (text: string) => void) {
    super({ decodeStrings: false });
    this.fd = fd;
    this.#print = print;
  }

  override write(chunk: unknown, encoding?: BufferEncoding | Done, done?: Done): boolean {
    const finished = typeof encoding === 'function' ? encoding : done;
    this.#print(this.#textOf(chunk, typeof encoding === 'string' ? encoding : 'utf8'));
    if (typeof finished === 'function') process.nextTick(finished);
    return true;
  }

  /** The process's own streams do not end: the last chunk is written, that is all. */
  override end(chunk?: unknown, encoding?: BufferEncoding | Done, done?: Done): this {
    const finished = [chunk, encoding, done].find((given) => typeof given === 'function');
    if (chunk !== undefined && chunk !== null && typeof chunk !== 'function') {
      this.write(chunk, typeof encoding === 'string' ? encoding : 'utf8');
    }
    if (finished !== undefined) process.nextTick(finished);
    return this;
  }

  override destroy(): this {
    return this;
  }

  #textOf(chunk: unknown, encoding: BufferEncoding): string {
    if (typeof chunk === 'string') {
      if (encoding === 'utf8' || encoding === 'utf-8') return chunk;
      return this.#decoder.write(Buffer.from(chunk, encoding));
    }
    if (ArrayBuffer.isView(chunk)) {
      return this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    }
    const found = chunk === null ? 'null' : `type ${typeof chunk}`;
    throw Object.assign(
      new TypeError(
        `The "chunk" argument must be of type string or an instance of Buffer or Uint8Array. Received ${found}`,
      ),
      { code: 'ERR_INVALID_ARG_TYPE' },
    );
  }
}
