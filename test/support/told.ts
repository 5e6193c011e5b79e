import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

/** What users are told of each fault: `docs/reference/failures.md`, by the title of its section. */
export function failuresDocument(): ReadonlyMap<string, readonly string[]> {
  const path = new URL('../../docs/reference/failures.md', import.meta.url);
  const sections = readFileSync(path, 'utf8').split(/^#+ /m).slice(1);
  return new Map(
    sections.map((section) => {
      const [title = '', ...lines] = section.split('\n');
      return [title, quotesIn(lines)];
    }),
  );
}

/** Fails when the document does not quote what a user was told of the fault `title`; `…` is any text. */
export function expectTold(title: string, told: string): void {
  const quotes = failuresDocument().get(title);
  if (quotes === undefined) throw new Error(`failures.md has no section '${title}'`);
  const isQuoted = quotes.some((quote) => patternOf(quote).test(told.trim()));
  expect(isQuoted ? 'quoted' : { title, told, quotes }).toBe('quoted');
}

/** Each block of lines that begin with `> ` is one sentence, however it is wrapped. */
function quotesIn(lines: readonly string[]): string[] {
  const text = lines.map((line) => (line.startsWith('> ') ? line.slice(2) : '\n')).join(' ');
  return text.split('\n').flatMap((block) => block.trim().replaceAll(/\s+/g, ' ') || []);
}

function patternOf(quote: string): RegExp {
  const parts = quote.split('…').map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^\\n]*')}$`);
}
