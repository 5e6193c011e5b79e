import type { Clock } from '../base/clock.js';
import type { StreamName } from './magic-output.js';

interface Source {
  readonly name: StreamName;
  readonly prefix: string;
  /** Printed and not yet shown: the start of a line whose end has not come. */
  held: string;
}

/**
 * Text of several engines in one place, line by line: `[stdout:3] text`. Lines of one engine stay whole
 * and in order. A line without an end is shown after a while all the same, so that a prompt or a
 * progress bar is seen; text of another engine then starts a line of its own.
 */
export class PrefixedLines {
  readonly #write: (name: StreamName, text: string) => void;
  readonly #clock: Clock;
  readonly #patienceMs: number;
  readonly #sources = new Map<string, Source>();
  /** Whose line was shown last without its end. */
  #open: Source | undefined;
  #timer: AbortController | undefined;

  constructor(
    write: (name: StreamName, text: string) => void,
    options: { clock: Clock; patienceMs?: number },
  ) {
    this.#write = write;
    this.#clock = options.clock;
    this.#patienceMs = options.patienceMs ?? 250;
  }

  add(engineId: number | undefined, name: StreamName, text: string): void {
    const source = this.#source(engineId, name);
    const all = source.held + text;
    const end = all.length > longestHeld ? all.length : all.lastIndexOf('\n') + 1;
    source.held = all.slice(end);
    this.#show(source, all.slice(0, end));
    if (source.held !== '') this.#showLater();
  }

  /** Shows what was held back, and ends the last line: something else comes next. */
  flush(): void {
    this.#timer?.abort();
    this.#timer = undefined;
    this.#showHeld();
    this.#endLine();
  }

  #show(source: Source, text: string): void {
    if (text === '') return;
    if (this.#open !== source) this.#endLine();
    const { prefix } = source;
    const lines = text.replace(/\r\n/g, '\n').split('\n');
    const start = this.#open === source ? '' : prefix;
    const isEnded = lines.at(-1) === '';
    if (isEnded) lines.pop();
    const shown = start + lines.map((line) => overprinted(line, prefix)).join(`\n${prefix}`);
    this.#write(source.name, isEnded ? `${shown}\n` : shown);
    this.#open = isEnded ? undefined : source;
  }

  #endLine(): void {
    if (this.#open !== undefined) this.#write(this.#open.name, '\n');
    this.#open = undefined;
  }

  #showHeld(): void {
    for (const source of this.#sources.values()) {
      const text = source.held;
      source.held = '';
      this.#show(source, text);
    }
  }

  #showLater(): void {
    if (this.#timer !== undefined) return;
    const timer = new AbortController();
    this.#timer = timer;
    void this.#clock.sleep(this.#patienceMs, timer.signal).then(() => {
      if (this.#timer !== timer) return;
      this.#timer = undefined;
      this.#showHeld();
    }); // sleep never rejects
  }

  #source(engineId: number | undefined, name: StreamName): Source {
    const prefix = `[${name}:${engineId ?? '?'}] `;
    const known = this.#sources.get(prefix);
    if (known !== undefined) return known;
    const source = { name, prefix, held: '' };
    this.#sources.set(prefix, source);
    return source;
  }
}

/** Memory that the start of a line may take. */
const longestHeld = 1 << 16;

/** A carriage return goes back to the start of the line, over the prefix. */
function overprinted(line: string, prefix: string): string {
  return line.replace(/\r(?=.)/g, `\r${prefix}`);
}
