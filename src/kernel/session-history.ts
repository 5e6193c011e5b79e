import { type HistoryEntry, type HistoryRequest } from '../wire/jupyter.js';

interface Line {
  readonly number: number;
  readonly input: string;
}

/** Cells of this session, oldest dropped first. The session that runs is number 0, as in IPython. */
export class SessionHistory {
  readonly #lines: Line[] = [];
  readonly #limit: number;

  constructor(limit = 10_000) {
    this.#limit = limit;
  }

  add(number: number, input: string): void {
    this.#lines.push({ number, input });
    if (this.#lines.length > this.#limit) this.#lines.shift();
  }

  find(request: HistoryRequest): HistoryEntry[] {
    return this.#select(request).map(({ number, input }) => [
      0,
      number,
      request.withOutput ? [input, null] : input,
    ]);
  }

  #select(request: HistoryRequest): Line[] {
    switch (request.access) {
      case 'range':
        return this.#lines.filter(({ number }) => number >= request.start && number < request.stop);
      case 'tail':
        return lastOf(this.#lines, request.count);
      case 'search':
        return lastOf(this.#matching(request), request.count);
    }
  }

  #matching({ pattern, unique }: HistoryRequest): Line[] {
    const expression = globExpression(pattern);
    const found = this.#lines.filter(({ input }) => expression.test(input));
    if (!unique) return found;
    const lastByInput = new Map(found.map((line) => [line.input, line]));
    return found.filter((line) => lastByInput.get(line.input) === line);
  }
}

function lastOf(lines: readonly Line[], count: number): Line[] {
  return count > 0 ? lines.slice(-count) : [];
}

/** `*` stands for anything, `?` for one character. */
function globExpression(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
}
