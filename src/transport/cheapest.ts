import { isAscii } from 'node:buffer';
import type { OutgoingFrames } from '../wire/framing.js';

/** zeromq.js copies buffers up to this size. */
const alwaysCopiedBytes = 128;
const maxTextBytes = 4096;

/**
 * `frames` in the form in which zeromq.js takes them at the least cost. A larger buffer is lent to a thread
 * of ZeroMQ, which wakes ours for each one that it gives back. That pays only for large ones: instead of the
 * others it gets a text, which it copies and nobody has to give back.
 */
export function cheapest(frames: OutgoingFrames): (Buffer | string)[] {
  return frames.map((frame) => {
    if (typeof frame === 'string') return frame;
    const buffer = asBuffer(frame);
    const { byteLength } = buffer;
    const isSmall = byteLength > alwaysCopiedBytes && byteLength <= maxTextBytes;
    return isSmall && isAscii(buffer) ? buffer.toString('latin1') : buffer;
  });
}

/** zeromq sends views as they are, and wants Node's own kind. */
function asBuffer(frame: Uint8Array): Buffer {
  return Buffer.isBuffer(frame)
    ? frame
    : Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
}
