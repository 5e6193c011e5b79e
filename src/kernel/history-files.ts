import { chmod, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, messageOf } from '../base/errors.js';

/** A cell of some session, by its execution count. */
export interface HistoryLine {
  readonly number: number;
  readonly input: string;
}

/** What is kept, at most. */
export interface HistoryLimits {
  readonly sessions: number;
  /** Of all sessions together. */
  readonly sizeBytes: number;
  /** Of the file of one session, before the cells that its kernel has dropped leave it. */
  readonly sessionBytes: number;
}

const defaultLimits: HistoryLimits = {
  sessions: 1000,
  sizeBytes: 16 * 1024 * 1024,
  sessionBytes: 4 * 1024 * 1024,
};

/** `<session>.jsonl`; while it is written anew, `<session>.jsonl.new`. */
const sessionFile = /^([1-9]\d{0,8})\.jsonl(\.new)?$/;

/**
 * Cells of many sessions, in one folder: a file for each session, a line of JSON for each cell.
 *
 * A kernel takes the next number by making the file of that name, and is the only one that writes into it,
 * at its end. So kernels that write at once are not in each other's way, and what `kill -9` cuts off is the
 * last line of one file, which readers leave out.
 */
export class HistoryFiles {
  readonly #folder: string;
  readonly #limits: HistoryLimits;
  #waiting: string[] = [];
  #writing: Promise<void> = Promise.resolve();
  #file: FileHandle | undefined;
  #session: number | undefined;
  #sizeBytes = 0;
  #isBroken = false;

  constructor(folder: string, limits: Partial<HistoryLimits> = {}) {
    this.#folder = folder;
    this.#limits = { ...defaultLimits, ...limits };
  }

  /** Adds a cell of this session, behind what was added before. @throws once, when the file cannot be written. */
  add(line: HistoryLine, kept: () => readonly HistoryLine[]): Promise<void> {
    if (this.#isBroken) return Promise.resolve();
    this.#waiting.push(lineText(line));
    const writing = this.#writing.then(() => this.#write(kept));
    this.#writing = writing.catch(() => undefined);
    return writing;
  }

  /** Number of this session; the next free one as long as it has no cell. */
  async session(): Promise<number> {
    await this.#writing;
    return this.#session ?? lastOf(await this.#sessions()) + 1;
  }

  /** Numbers of the other sessions, oldest first. */
  async others(): Promise<number[]> {
    await this.#writing;
    return (await this.#sessions()).filter((number) => number !== this.#session);
  }

  /** Cells of a session; none of one that is not there. */
  async read(session: number): Promise<HistoryLine[]> {
    try {
      return readLines(await readFile(this.#pathOf(session), 'utf8'));
    } catch {
      return []; // removed meanwhile, or not ours to read
    }
  }

  /** Waits for what was added. */
  async close(): Promise<void> {
    await this.#writing;
    this.#isBroken = true;
    await this.#file?.close();
    this.#file = undefined;
  }

  async #write(kept: () => readonly HistoryLine[]): Promise<void> {
    const text = this.#waiting.join('');
    this.#waiting = [];
    if (text === '' || this.#isBroken) return;
    try {
      this.#file ??= await this.#open();
      await this.#file.appendFile(text);
      this.#sizeBytes += Buffer.byteLength(text);
      if (this.#sizeBytes > this.#limits.sessionBytes) await this.#writeAnew(kept());
    } catch (error) {
      this.#isBroken = true;
      throw error;
    }
  }

  /** Takes a session's number. Another kernel may be quicker: then the next. */
  async #open(): Promise<FileHandle> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await chmod(this.#folder, 0o700);
    await this.#sweep();
    for (let number = lastOf(await this.#sessions()) + 1; ; number++) {
      try {
        const file = await open(this.#pathOf(number), 'ax', 0o600);
        this.#session = number;
        return file;
      } catch (error) {
        if (!hasCode(error, 'EEXIST')) throw error;
      }
    }
  }

  /** The file with the cells that are still kept takes the place of the old one at once. */
  async #writeAnew(kept: readonly HistoryLine[]): Promise<void> {
    const path = this.#pathOf(this.#session ?? 0);
    const file = await open(`${path}.new`, 'w', 0o600);
    const text = kept.map(lineText).join('');
    try {
      await file.appendFile(text);
      await rename(`${path}.new`, path);
    } catch (error) {
      await file.close();
      throw error;
    }
    await this.#file?.close();
    this.#file = file;
    this.#sizeBytes = Buffer.byteLength(text);
  }

  async #sessions(): Promise<number[]> {
    const names = await readdir(this.#folder).catch((): string[] => []);
    const found = names.flatMap((name) => {
      const [, number, isNew] = sessionFile.exec(name) ?? [];
      return number === undefined || isNew !== undefined ? [] : [Number(number)];
    });
    return found.sort((a, b) => a - b);
  }

  /** Removes the sessions that were written to longest ago, and halves of files. The last number stays. */
  async #sweep(): Promise<void> {
    const last = lastOf(await this.#sessions());
    const files = await this.#filesByAge();
    let sizeBytes = 0;
    for (const [index, file] of files.entries()) {
      sizeBytes += file.sizeBytes;
      const isTooMuch = index >= this.#limits.sessions || sizeBytes > this.#limits.sizeBytes;
      const isLeft = file.name.endsWith('.new') && Date.now() - file.modifiedMs > 60_000;
      const isLast = file.name === `${last}.jsonl`;
      if ((isTooMuch && !isLast) || isLeft)
        await rm(join(this.#folder, file.name), { force: true });
    }
  }

  async #filesByAge(): Promise<{ name: string; sizeBytes: number; modifiedMs: number }[]> {
    const names = (await readdir(this.#folder)).filter((name) => sessionFile.test(name));
    const files = names.map(async (name) => {
      const found = await stat(join(this.#folder, name)).catch(() => undefined);
      return { name, sizeBytes: found?.size ?? 0, modifiedMs: found?.mtimeMs ?? 0 };
    });
    return (await Promise.all(files)).sort(
      (a, b) => b.modifiedMs - a.modifiedMs || parseInt(b.name) - parseInt(a.name),
    );
  }

  #pathOf(session: number): string {
    return join(this.#folder, `${session}.jsonl`);
  }

  /** What to say when {@link add} has failed. */
  failure(error: unknown): string {
    return (
      `The history of cells cannot be kept in ${this.#folder}: ${messageOf(error)}. ` +
      'It goes on in memory, until this kernel ends. PXLAB_HISTORY=off keeps none.\n'
    );
  }
}

function lineText({ number, input }: HistoryLine): string {
  return `${JSON.stringify([number, input])}\n`;
}

function readLines(text: string): HistoryLine[] {
  return text.split('\n').flatMap((line) => readLine(line));
}

/** None for a line that was cut off. */
function readLine(line: string): HistoryLine[] {
  if (!line.startsWith('[')) return [];
  try {
    const [number, input] = JSON.parse(line) as unknown[];
    return typeof number === 'number' && typeof input === 'string' ? [{ number, input }] : [];
  } catch {
    return [];
  }
}

function lastOf(numbers: readonly number[]): number {
  return numbers.at(-1) ?? 0;
}
