import { deserialize, serialize } from 'node:v8';

const headBytes = 4;

/** A message as it travels on a stream: its length in bytes, 32 bits, and what V8 makes of it. */
export function frameOf(message: unknown): Buffer {
  const body = serialize(message);
  const head = Buffer.alloc(headBytes);
  head.writeUInt32LE(body.length);
  return Buffer.concat([head, body]);
}

/** Makes messages of the pieces that arrive. */
export class FrameReader {
  #pieces: Buffer[] = [];
  #sizeBytes = 0;

  /** @returns the messages that are complete with `piece`. */
  read(piece: Buffer): unknown[] {
    this.#pieces.push(piece);
    this.#sizeBytes += piece.length;
    const messages: unknown[] = [];
    for (let body = this.#next(); body !== undefined; body = this.#next()) {
      messages.push(deserialize(body));
    }
    return messages;
  }

  #next(): Buffer | undefined {
    if (this.#sizeBytes < headBytes) return undefined;
    const [first = Buffer.alloc(0)] = this.#pieces;
    const all = first.length === this.#sizeBytes ? first : Buffer.concat(this.#pieces);
    this.#pieces = [all];
    const end = headBytes + all.readUInt32LE(0);
    if (all.length < end) return undefined;
    this.#pieces = [all.subarray(end)];
    this.#sizeBytes = all.length - end;
    return all.subarray(headBytes, end);
  }
}
