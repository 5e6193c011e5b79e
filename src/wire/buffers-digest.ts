import { createHash } from 'node:crypto';

/** Longer buffers are raw data of large values: of them only the length is in the digest. */
const wholeBytes = 1024 ** 2;

/**
 * What ties buffers to the signed part of their message. The signature of Jupyter's protocol covers header,
 * metadata and content, not the buffers, and ours carry compiled code: the digest goes into the metadata.
 *
 * @returns SHA-256 in hex over each buffer's length and, up to 1 MiB, its bytes.
 */
export function digestOf(buffers: readonly Uint8Array[]): string {
  return digestUpTo(wholeBytes, buffers);
}

/** The same for code, of which every byte counts, however long it is. */
export function digestOfCode(buffers: readonly Uint8Array[]): string {
  return digestUpTo(Infinity, buffers);
}

function digestUpTo(limitBytes: number, buffers: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const buffer of buffers) {
    hash.update(`${buffer.byteLength}:`);
    if (buffer.byteLength <= limitBytes) hash.update(buffer);
  }
  return hash.digest('hex');
}
