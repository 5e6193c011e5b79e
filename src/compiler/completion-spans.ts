import type ts from './typescript.cjs';
import type { Completions } from './protocol.js';

type Span = Pick<Completions, 'start' | 'end'>;

/**
 * What a completion replaces where that is no name: in a string.
 *
 * @param offset - Where the cell begins in its file.
 */
export function replacedSpan(
  info: ts.CompletionInfo | undefined,
  offset: number,
): Span | undefined {
  const replaced = info?.entries.find(({ replacementSpan }) => replacementSpan)?.replacementSpan;
  const span = replaced ?? info?.optionalReplacementSpan;
  if (span === undefined) return undefined;
  const start = span.start - offset;
  return { start, end: start + span.length };
}

/** TypeScript leaves what looks like a word to the editor. */
export function wordAt(code: string, position: number): Span {
  const [before = ''] = /[\p{ID_Continue}$]*$/u.exec(code.slice(0, position)) ?? [];
  const [after = ''] = /^[\p{ID_Continue}$]*/u.exec(code.slice(position)) ?? [];
  return { start: position - before.length, end: position + after.length };
}
