import { open, stat } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { hasCode } from '../base/errors.js';

/** Not more than this is read of a long log, whatever number of lines is asked for. */
const readLimitBytes = 64 * 1024 * 1024;

/** Reads the lines of a file, and later those that were added. */
export class LogTail {
  readonly #path: string;
  #offset = 0;
  #inode = 0;
  #rest = '';
  #decoder = new StringDecoder('utf8');

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * The whole lines that came since the last call; with `isLast` also one without its end. A file that
   * was replaced, by another cluster of the same id, is read from its beginning.
   */
  async readLines({ isLast = false }: { isLast?: boolean } = {}): Promise<string[]> {
    const lines = (this.#rest + (await this.#readText())).split('\n');
    const rest = lines.pop() ?? '';
    this.#rest = isLast ? '' : rest;
    return isLast && rest !== '' ? [...lines, rest] : lines;
  }

  async #readText(): Promise<string> {
    try {
      const { size, ino } = await stat(this.#path);
      if (size < this.#offset || ino !== this.#inode) this.#begin(ino, size);
      return size > this.#offset ? await this.#readFrom(this.#offset, size) : '';
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return ''; // removed by `pxcluster clean`
      throw error;
    }
  }

  #begin(inode: number, size: number): void {
    this.#inode = inode;
    this.#offset = Math.max(0, size - readLimitBytes);
    this.#decoder = new StringDecoder('utf8');
    this.#rest = '';
  }

  async #readFrom(offset: number, end: number): Promise<string> {
    const file = await open(this.#path, 'r');
    try {
      const buffer = Buffer.alloc(end - offset);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
      this.#offset = offset + bytesRead;
      return this.#decoder.write(buffer.subarray(0, bytesRead));
    } finally {
      await file.close();
    }
  }
}
