import { createHash } from 'node:crypto';
import { decode, encode, type SourceMapSegment } from '@jridgewell/sourcemap-codec';

/** Lines of segments, as in a version 3 source map. */
export type Mappings = readonly (readonly SourceMapSegment[])[];

const inlineMap = /\n\/\/# sourceMappingURL=data:application\/json;base64,([A-Za-z0-9+/=]+)\s*$/;

/**
 * Code that ends with an inline source map, and the map. `linesBefore` lines of the source are not of the
 * cell: what comes from them comes from nowhere.
 */
export function splitInlineMap(
  text: string,
  linesBefore: number,
): { readonly code: string; readonly mappings: Mappings } {
  const match = inlineMap.exec(text);
  if (match?.[1] === undefined) throw new Error('The compiled text has no source map.');
  const map: unknown = JSON.parse(Buffer.from(match[1], 'base64').toString('utf8'));
  const mappings = decode(mappingsOf(map)).map((line) =>
    line.flatMap((segment): SourceMapSegment[] => {
      if (segment.length === 1 || segment[2] < linesBefore) return [];
      return [[segment[0], 0, segment[2] - linesBefore, segment[3]]];
    }),
  );
  return { code: text.slice(0, match.index), mappings };
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

/** The map of two steps: `outer` leads from the final text to the middle one, `inner` on to the source. */
export function composeMappings(outer: Mappings, inner: Mappings): Mappings {
  return outer.map((line) =>
    line.flatMap((segment): SourceMapSegment[] => {
      if (segment.length === 1) return [];
      const origin = originOf(inner, { line: segment[2], column: segment[3] });
      return origin === undefined ? [] : [[segment[0], 0, origin.line, origin.column]];
    }),
  );
}

interface Place {
  /** Both 0-based. */
  readonly line: number;
  readonly column: number;
}

/** Where the text at `place` comes from. */
export function originOf(mappings: Mappings, place: Place): Place | undefined {
  const segment = findSegment(mappings[place.line] ?? [], place.column);
  if (segment === undefined || segment.length === 1) return undefined;
  return { line: segment[2], column: segment[3] };
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

/** The map as JSON: one source, with its text. */
export function sourceMapText(source: string, mappings: Mappings): string {
  const lines = mappings.map((line) => [...line]);
  return JSON.stringify({
    version: 3,
    sources: [addressOf(source)],
    sourcesContent: [source],
    names: [],
    mappings: encode(lines),
  });
}

/**
 * Where debuggers show the cell: `pxlab:///let-n-0-1f3a9c2e.ts`. The same for the same text, so that breakpoints
 * hold when the cell runs again, under another number or on another engine.
 */
function addressOf(source: string): string {
  const line = source.split('\n').find((each) => /[\p{L}\p{N}]/u.test(each)) ?? '';
  const title = line.replace(/[^\p{L}\p{N}$_.()]+/gu, '-').slice(0, titleLimit);
  const digest = createHash('sha256').update(source).digest('hex').slice(0, 8);
  return `pxlab:///${title.replace(/^-+|-+$/g, '')}-${digest}.ts`;
}

const titleLimit = 40;
