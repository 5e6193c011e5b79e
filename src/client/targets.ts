import { ParallelError } from '../base/errors.js';
import type { Engine } from './engine-directory.js';
import { NoEnginesError } from './errors.js';
import { listOf } from './wording.js';

/** A slice of the sorted engine ids, as in Python: negative bounds count from the end. */
export interface Slice {
  readonly start?: number;
  readonly stop?: number;
  readonly step?: number;
}

/**
 * Which engines a view speaks to: an id, ids, `'all'`, a slice, the text of one of these (`'0,2'`, `'::2'`),
 * a language (`'typescript'`, `'python'`), or a predicate. A negative id counts from the end of the sorted ids. `'all'`, slices and predicates are
 * lazy: each use of the view takes the engines that there are then.
 */
export type Targets = number | string | readonly number[] | Slice | ((engine: Engine) => boolean);

type ParsedTargets = 'all' | number | number[] | Slice | ((engine: Engine) => boolean);

/**
 * The targets that `text` names, as `%px --targets` takes them: `all`, `0`, `-1`, `0,2`, `[0, 2]`, `1:3`,
 * `::2`, `python`.
 *
 * @throws {@link ParallelError} `BAD_ARGUMENT`, quoting the text.
 */
export function parseTargets(text: string): ParsedTargets {
  const trimmed = text.trim();
  if (trimmed === 'all') return 'all';
  if (trimmed === 'typescript' || trimmed === 'python') {
    return ({ language }) => language === trimmed;
  }
  if (isInteger(trimmed)) return Number(trimmed);
  if (trimmed.includes(':')) return parseSlice(trimmed, text);
  const inner = /^\[(.*)\]$/.exec(trimmed)?.[1] ?? trimmed;
  const items = inner.split(',').map((item) => item.trim());
  if (!items.every(isInteger)) throw badTargets(text);
  return items.map(Number);
}

function parseSlice(trimmed: string, text: string): Slice {
  const parts = trimmed.split(':').map((part) => part.trim());
  const isSlice = parts.length <= 3 && parts.every((part) => part === '' || isInteger(part));
  const [start, stop, step] = parts.map((part) => (part === '' ? undefined : Number(part)));
  if (!isSlice || step === 0) throw badTargets(text);
  return {
    ...(start === undefined ? {} : { start }),
    ...(stop === undefined ? {} : { stop }),
    ...(step === undefined ? {} : { step }),
  };
}

function isInteger(text: string): boolean {
  return /^-?\d+$/.test(text);
}

/** Checks the shape of `targets` and parses a text; a text always means a list. */
export function normalizeTargets(targets: Targets): Exclude<Targets, string> | 'all' {
  if (typeof targets === 'string') {
    const parsed = parseTargets(targets);
    return typeof parsed === 'number' ? [parsed] : parsed;
  }
  if (!isTargets(targets)) throw badTargets(targets);
  return targets;
}

function isTargets(targets: Exclude<Targets, string>): boolean {
  if (typeof targets === 'function') return true;
  if (typeof targets === 'number') return Number.isInteger(targets);
  if (isList(targets)) return targets.every((id) => Number.isInteger(id));
  // Asked here and not by the types, since a script in JavaScript passes anything.
  if (typeof targets !== 'object' || (targets as unknown) === null) return false;
  const bounds = [targets.start, targets.stop, targets.step];
  return (
    targets.step !== 0 && bounds.every((bound) => bound === undefined || Number.isInteger(bound))
  );
}

/**
 * The engines that `targets` names among `engines` (sorted by id), each once, in the order named.
 *
 * @throws {@link NoEnginesError} when none is named, and `NO_SUCH_ENGINE` when one that is named is not
 *   there.
 */
export function resolveTargets(targets: Targets, engines: readonly Engine[]): readonly Engine[] {
  const chosen = choose(normalizeTargets(targets), engines);
  if (chosen.length === 0) throw NoEnginesError.among(describeTargets(targets));
  return [...new Set(chosen)];
}

function choose(
  targets: Exclude<Targets, string> | 'all',
  engines: readonly Engine[],
): readonly Engine[] {
  if (targets === 'all') return engines;
  if (typeof targets === 'function') return engines.filter((engine) => targets(engine));
  if (typeof targets === 'number') return [engineOf(targets, engines)];
  if (isList(targets)) return targets.map((id) => engineOf(id, engines));
  return sliceOf(engines, targets);
}

function engineOf(id: number, engines: readonly Engine[]): Engine {
  const engine = id < 0 ? engines.at(id) : engines.find((candidate) => candidate.id === id);
  if (engine !== undefined) return engine;
  if (engines.length === 0) throw NoEnginesError.among(String(id));
  const ids = engines.map((candidate) => candidate.id);
  throw new ParallelError(
    'NO_SUCH_ENGINE',
    `There is no engine ${id}. There ${ids.length === 1 ? 'is' : 'are'} ${listOf(ids)}.`,
  );
}

/** Python's slice: bounds are clipped, a negative step runs backwards. */
function sliceOf<T>(items: readonly T[], { start, stop, step = 1 }: Slice): T[] {
  const length = items.length;
  const [lowest, highest] = step > 0 ? [0, length] : [-1, length - 1];
  const clip = (bound: number): number =>
    Math.min(Math.max(bound < 0 ? bound + length : bound, lowest), highest);
  const first = start === undefined ? (step > 0 ? 0 : length - 1) : clip(start);
  const end = stop === undefined ? (step > 0 ? length : -1) : clip(stop);
  const chosen: T[] = [];
  for (let index = first; step > 0 ? index < end : index > end; index += step) {
    const item = items[index];
    if (item !== undefined) chosen.push(item);
  }
  return chosen;
}

/** `targets` as a user would write them. */
function describeTargets(targets: unknown): string {
  if (typeof targets === 'function') return 'of the predicate';
  if (typeof targets === 'string') return `'${targets}'`;
  if (isList(targets)) return `[${targets.join(', ')}]`;
  if (typeof targets === 'object' && targets !== null) {
    const { start, stop, step } = targets as Slice;
    const text = `${start ?? ''}:${stop ?? ''}`;
    return `'${step === undefined ? text : `${text}:${step}`}'`;
  }
  return String(targets);
}

function isList(targets: unknown): targets is readonly number[] {
  return Array.isArray(targets);
}

function badTargets(targets: unknown): ParallelError {
  return new ParallelError(
    'BAD_ARGUMENT',
    "Expected `targets` to be 'all', an engine id or a list of ids, " +
      `got ${describeTargets(targets)}. A slice such as '0:4' or '::2' works too.`,
  );
}
