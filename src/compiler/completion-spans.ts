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
  position: number,
  offset: number,
): Span | undefined {
  const ofEntry = info?.entries.find(({ replacementSpan }) => replacementSpan)?.replacementSpan;
  // The converter has moved the other one to where it is in the cell.
  const span = ofEntry
    ? { start: ofEntry.start - offset, length: ofEntry.length }
    : info?.optionalReplacementSpan;
  if (span === undefined) return undefined;
  const [start, end] = [span.start, span.start + span.length];
  return start <= position && position <= end ? { start, end } : undefined;
}

/** TypeScript leaves what looks like a word to the editor. */
export function wordAt(code: string, position: number): Span {
  const [before = ''] = /#?[\p{ID_Continue}$]*$/u.exec(code.slice(0, position)) ?? [];
  const [after = ''] = /^[\p{ID_Continue}$]*/u.exec(code.slice(position)) ?? [];
  return { start: position - before.length, end: position + after.length };
}
