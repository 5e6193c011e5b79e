import { systemClock } from '../base/clock.js';
import { type HistoryEntry, type HistoryRequest } from '../wire/jupyter.js';
import type { HistoryFiles, HistoryLine } from './history-files.js';

/** Cells of one session, under the number that the answer has for it. */
interface SessionCells {
  readonly session: number;
  readonly lines: readonly HistoryLine[];
}

interface Cell extends HistoryLine {
  readonly session: number;
}

export interface SessionHistoryOptions {
  /** Where the cells of all sessions are; without it only those of this session are known. */
  readonly files?: HistoryFiles | undefined;
  /** Cells of this session, at most; the oldest are dropped. */
  readonly limit?: number;
  /** The same for their length together, in characters. */
  readonly lengthLimit?: number;
}

/** A cell that is longer is data rather than something to type again. */
const cellLimit = 256 * 1024;

/** How long other sessions may take to be read, and the last cells to be written. */
const readLimitMs = 5000;
const closeLimitMs = 1000;

/**
 * The cells that were run, of this session and of earlier ones, as front ends ask for them: sessions are
 * numbered, and in a range 0 is this one, -1 the one before it.
 *
 * Source: https://jupyter-client.readthedocs.io/en/stable/messaging.html#history and IPython's history.py
 */
export class SessionHistory {
  readonly #lines: HistoryLine[] = [];
  readonly #options: SessionHistoryOptions;
  #length = 0;

  constructor(options: SessionHistoryOptions = {}) {
    this.#options = options;
  }

  /** @returns what to say when cells cannot be kept; it comes once. */
  async add(number: number, input: string): Promise<string | undefined> {
    if (input.length > cellLimit) return undefined;
    const line = { number, input };
    this.#remember(line);
    const { files } = this.#options;
    try {
      await files?.add(line, () => this.#lines);
    } catch (error) {
      return files?.failure(error);
    }
    return undefined;
  }

  #remember(line: HistoryLine): void {
    const { limit = 10_000, lengthLimit = 2 * 1024 * 1024 } = this.#options;
    this.#lines.push(line);
    this.#length += line.input.length;
    while (this.#lines.length > limit || this.#length > lengthLimit) {
      this.#length -= this.#lines.shift()?.input.length ?? 0;
    }
  }

  async find(request: HistoryRequest): Promise<HistoryEntry[]> {
    const cells = await this.#select(request);
    return cells.map(({ session, number, input }) => [
      session,
      number,
      request.withOutput ? [input, null] : input,
    ]);
  }

  /** Waits until what was added is kept. */
  async close(): Promise<void> {
    await within(closeLimitMs, this.#options.files?.close());
  }

  #select(request: HistoryRequest): Promise<Cell[]> {
    switch (request.access) {
      case 'range':
        return this.#range(request);
      case 'tail':
        return this.#last(request.count, () => true);
      case 'search':
        return this.#last(request.count, matcherOf(request));
    }
  }

  async #range({ session, start, stop }: HistoryRequest): Promise<Cell[]> {
    const { files } = this.#options;
    const own = session === 0 || files === undefined ? 0 : await files.session();
    const wanted = session < 0 ? own + session : session;
    const isOwn = wanted === 0 || wanted === own;
    const lines = isOwn ? this.#lines : ((await files?.read(wanted)) ?? []);
    const end = (lines.at(-1)?.number ?? 0) + 1;
    const [from, to] = [start, stop].map((place) => (place < 0 ? place + end : place));
    const inRange = lines.filter(({ number }) => number >= (from ?? 0) && number < (to ?? 0));
    return inRange.map((line) => ({ ...line, session: session === 0 ? 0 : wanted }));
  }

  /** The last cells that are `wanted`, oldest first: as many as can be read in time. */
  async #last(count: number, wanted: (cell: Cell) => boolean): Promise<Cell[]> {
    const found: Cell[] = [];
    await within(readLimitMs, this.#collect(found, { count, wanted }));
    return found.reverse();
  }

  /** Fills `found` from the last cell back. */
  async #collect(
    found: Cell[],
    { count, wanted }: { readonly count: number; readonly wanted: (cell: Cell) => boolean },
  ): Promise<void> {
    for await (const { session, lines } of this.#sessions()) {
      for (const line of lines.toReversed()) {
        const cell = { ...line, session };
        if (found.length >= count) return;
        if (wanted(cell)) found.push(cell);
      }
    }
  }

  /** This session, then the others, the last one first. */
  async *#sessions(): AsyncGenerator<SessionCells> {
    const { files } = this.#options;
    const lines = [...this.#lines];
    yield { session: (await files?.session()) ?? 0, lines };
    for (const session of (await files?.others())?.reverse() ?? []) {
      yield { session, lines: (await files?.read(session)) ?? [] };
    }
  }
}

/** Asked from the last cell back, so that the last of equal ones is the one that is found. */
function matcherOf({ pattern, unique }: HistoryRequest): (cell: Cell) => boolean {
  const expression = globExpression(pattern);
  const seen = new Set<string>();
  return ({ input }) => {
    if (!expression.test(input) || (unique && seen.has(input))) return false;
    seen.add(input);
    return true;
  };
}

/** What `work` comes to, if it does in time. */
async function within(limitMs: number, work: Promise<void> | undefined): Promise<void> {
  const done = new AbortController();
  await Promise.race([work, systemClock.sleep(limitMs, done.signal)]);
  done.abort();
}

/** `*` stands for anything, `?` for one character. */
function globExpression(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
}
