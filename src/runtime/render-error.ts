import type { CellSources } from './cell-sources.js';
import { inspectValue } from './inspect-value.js';
import { framesOf, type Frame } from './stack-frames.js';

/** An error as the Jupyter protocol carries it. */
export interface RenderedError {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: string[];
}

const maxCauses = 5;
const maxAggregated = 4;
const maxMessage = 20_000;

/**
 * The name, message and traceback of anything that was thrown, in the cell's own lines.
 *
 * Never throws itself, whatever getters and `toString` of the thrown value do.
 */
export function renderError(thrown: unknown, sources: CellSources): RenderedError {
  try {
    const { name, message } = describe(thrown);
    return { ename: name, evalue: message, traceback: render(thrown, sources, new Set()) };
  } catch {
    const evalue = 'An error was thrown that cannot be shown.';
    return { ename: 'Error', evalue, traceback: [evalue] };
  }
}

function render(thrown: unknown, sources: CellSources, seen: Set<unknown>): string[] {
  seen.add(thrown);
  const { name, message } = describe(thrown);
  const lines = [message === '' ? name : `${name}: ${message}`];
  if (!isError(thrown)) return lines;
  const frames = framesOf(stringOf(read(thrown, 'stack')), sources);
  lines.push(...excerptOf(frames, sources), ...frames.map(frameLine));
  lines.push(...aggregated(thrown, sources, seen), ...suppressed(thrown, sources, seen));
  lines.push(...causes(thrown, sources, seen));
  return lines;
}

function describe(thrown: unknown): { name: string; message: string } {
  if (!isError(thrown)) return { name: thrownName(thrown), message: short(inspectThrown(thrown)) };
  const own = stringOf(read(thrown, 'name'));
  const constructor = stringOf(read(read(thrown, 'constructor'), 'name'));
  const isPlain = own === 'Error' || own === '';
  const name = isPlain && constructor !== '' ? constructor : own;
  return { name: name === '' ? 'Error' : name, message: short(stringOf(read(thrown, 'message'))) };
}

/** What was thrown without being an error: its class, or its type. */
function thrownName(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null)
    return `Thrown ${thrown === null ? 'null' : typeof thrown}`;
  const constructor = stringOf(read(read(thrown, 'constructor'), 'name'));
  return `Thrown ${constructor === '' ? 'object' : constructor}`;
}

function inspectThrown(thrown: unknown): string {
  return typeof thrown === 'string' ? thrown : inspectValue(thrown);
}

/** The line of the cell where it happened, the one before it, and a caret. */
export function excerptOf(frames: readonly Frame[], sources: CellSources): string[] {
  const place = frames.find((frame) => frame.isCell);
  const text = place && sources.line(place.file, place.line);
  if (place === undefined || text === undefined) return [];
  const width = String(place.line).length;
  const before = sources.line(place.file, place.line - 1);
  const lines =
    before === undefined ? [] : [`  ${String(place.line - 1).padStart(width)} | ${before}`];
  lines.push(`> ${place.line} | ${text}`);
  lines.push(`  ${' '.repeat(width)} | ${text.slice(0, place.column - 1).replace(/[^\t]/g, ' ')}^`);
  return [`${place.file}:${place.line}:${place.column}`, ...lines];
}

function frameLine({ functionName, file, line, column }: Frame): string {
  const place = `${file}:${line}:${column}`;
  return functionName === '' ? `    at ${place}` : `    at ${functionName} (${place})`;
}

function causes(thrown: object, sources: CellSources, seen: Set<unknown>): string[] {
  const cause = read(thrown, 'cause');
  if (cause === undefined || seen.has(cause) || seen.size > maxCauses) return [];
  return prefixed('Caused by: ', render(cause, sources, seen));
}

function aggregated(thrown: object, sources: CellSources, seen: Set<unknown>): string[] {
  const errors = read(thrown, 'errors');
  if (!Array.isArray(errors)) return [];
  const shown = errors.slice(0, maxAggregated).filter((error) => !seen.has(error));
  const lines = shown.flatMap((error, index) =>
    prefixed(`[${index}] `, render(error, sources, seen)),
  );
  if (errors.length > maxAggregated) lines.push(`… ${errors.length - maxAggregated} more errors`);
  return lines;
}

/** Of a `SuppressedError`: what disposing threw, and what had been thrown before. */
function suppressed(thrown: object, sources: CellSources, seen: Set<unknown>): string[] {
  if (read(thrown, 'name') !== 'SuppressedError' || seen.size > maxCauses) return [];
  const parts = [
    ['Disposing threw ', read(thrown, 'error')],
    ['It suppressed ', read(thrown, 'suppressed')],
  ] as const;
  const unseen = parts.filter(([, part]) => !seen.has(part));
  return unseen.flatMap(([prefix, part]) => prefixed(prefix, render(part, sources, seen)));
}

function prefixed(prefix: string, [first = '', ...rest]: string[]): string[] {
  return [prefix + first, ...rest.map((line) => `  ${line}`)];
}

function isError(thrown: unknown): thrown is object {
  if (typeof thrown !== 'object' || thrown === null) return false;
  try {
    return thrown instanceof Error || Object.prototype.toString.call(thrown) === '[object Error]';
  } catch {
    return false;
  }
}

/** A property of a value that may throw when it is asked. */
function read(value: unknown, key: string): unknown {
  try {
    return (value as Record<string, unknown> | null | undefined)?.[key];
  } catch {
    return undefined;
  }
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function short(text: string): string {
  if (text.length <= maxMessage) return text;
  return `${text.slice(0, maxMessage)}… ${text.length - maxMessage} more characters`;
}
