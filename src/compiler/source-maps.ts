import { decode, encode, type SourceMapSegment } from '@jridgewell/sourcemap-codec';

/** Lines of segments, as in a version 3 source map. */
export type Mappings = readonly (readonly SourceMapSegment[])[];

const inlineMap = /\n\/\/# sourceMappingURL=data:application\/json;base64,([A-Za-z0-9+/=]+)\s*$/;

/** Code that ends with an inline source map, and the map. */
export function splitInlineMap(code: string): { code: string; mappings: Mappings } {
  const match = inlineMap.exec(code);
  if (match?.[1] === undefined) throw new Error('The converter gave no source map.');
  const map: unknown = JSON.parse(Buffer.from(match[1], 'base64').toString('utf8'));
  return { code: code.slice(0, match.index), mappings: decode(mappingsOf(map)) };
}

function mappingsOf(map: unknown): string {
  if (
    typeof map === 'object' &&
    map !== null &&
    'mappings' in map &&
    typeof map.mappings === 'string'
  ) {
    return map.mappings;
  }
  throw new TypeError('Malformed source map: `mappings` is missing or not a string.');
}

/**
 * The map of two steps: `outer` leads from the final text to the middle one, `inner` from there to the
 * source, whose lines start `linesBefore` lines later.
 */
export function composeMappings(outer: Mappings, inner: Mappings, linesBefore: number): Mappings {
  return outer.map((line) =>
    line.flatMap((segment): SourceMapSegment[] => {
      if (segment.length === 1) return [];
      const [column, , middleLine, middleColumn] = segment;
      const origin = findSegment(inner[middleLine] ?? [], middleColumn);
      if (origin === undefined || origin.length === 1) return [];
      const sourceLine = origin[2] - linesBefore;
      return sourceLine < 0 ? [] : [[column, 0, sourceLine, origin[3]]];
    }),
  );
}

/** The last segment that starts at `column` or before. */
function findSegment(
  line: readonly SourceMapSegment[],
  column: number,
): SourceMapSegment | undefined {
  let low = 0;
  let high = line.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((line[middle]?.[0] ?? Infinity) <= column) low = middle + 1;
    else high = middle;
  }
  return line[low - 1];
}

/** The map as JSON: one source, named after the cell, with its text. */
export function sourceMapText(name: string, source: string, mappings: Mappings): string {
  const lines = mappings.map((line) => [...line]);
  return JSON.stringify({
    version: 3,
    sources: [name],
    sourcesContent: [source],
    names: [],
    mappings: encode(lines),
  });
}
