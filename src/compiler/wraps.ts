import type MagicString from 'magic-string';

interface Wrap {
  readonly start: number;
  readonly end: number;
  readonly before: string;
  readonly after: string;
}

/** Texts to put around ranges. Ranges nest; equal ones nest in the order they were added. */
export class Wraps {
  readonly #wraps: Wrap[] = [];

  add(range: { start: number; end: number }, before: string, after: string): void {
    this.#wraps.push({ start: range.start, end: range.end, before, after });
  }

  apply(text: MagicString): void {
    // A process that begins with a snapshot has no `toSorted` in Node 20.
    const outerFirst = [...this.#wraps].sort((a, b) => a.start - b.start || b.end - a.end);
    for (const { start, end, before, after } of outerFirst) {
      text.appendRight(start, before);
      text.prependLeft(end, after);
    }
  }
}
