import type { SourceMapSegment } from '@jridgewell/sourcemap-codec';
import type { Mappings } from './source-maps.js';

/** What is put in front of statements and expressions: see `src/wire/cell.ts`. */
const openingCalls = /(?:__px\.(?:result|resume)\((?:__cell, )?)+/g;

/**
 * Calls of ours around code of the cell stand for its beginning: a debugger that is to halt at that code halts
 * at them.
 */
export function mapOpeningCalls(javascript: string, mappings: Mappings): Mappings {
  const lines = javascript.split('\n');
  return mappings.map((segments, index) => {
    const opened = [...(lines[index] ?? '').matchAll(openingCalls)].flatMap((match) => {
      const opening = openingAt(segments, match.index, match.index + match[0].length);
      return opening === undefined ? [] : [opening];
    });
    return opened.length === 0 ? segments : [...segments, ...opened].sort(([a], [b]) => a - b);
  });
}

function openingAt(
  segments: readonly SourceMapSegment[],
  start: number,
  end: number,
): SourceMapSegment | undefined {
  const inner = segments.find(([column]) => column === end);
  if (inner === undefined || inner.length === 1) return undefined;
  return [start, inner[1], inner[2], inner[3]];
}
