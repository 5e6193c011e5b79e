import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';

/** `paths` of a tsconfig.json: patterns with what they stand for, as absolute paths. */
type Mapping = readonly (readonly [pattern: string, targets: readonly string[]])[];

interface Known {
  readonly times: ReadonlyMap<string, number>;
  readonly mapping: Mapping;
}

const known = new Map<string, Known>();

/**
 * The paths that `specifier` may stand for by the nearest tsconfig.json above `folder`, best first.
 *
 * Read without TypeScript, which engines and the main thread of a kernel do not load.
 */
export function mappedPaths(specifier: string, folder: string): string[] {
  const file = nearestConfig(folder);
  if (file === undefined) return [];
  const matches = mappingOf(file).flatMap(([pattern, targets]) => {
    const match = matchOf(pattern, specifier);
    return match === undefined ? [] : [{ ...match, targets }];
  });
  // As TypeScript has it: an exact name first, then the longest text before the `*`.
  const [best] = matches.sort((a, b) => b.weight - a.weight);
  return best?.targets.map((target) => target.replace('*', () => best.star)) ?? [];
}

function matchOf(pattern: string, name: string): { star: string; weight: number } | undefined {
  const at = pattern.indexOf('*');
  if (at === -1) return pattern === name ? { star: '', weight: Infinity } : undefined;
  const [before, after] = [pattern.slice(0, at), pattern.slice(at + 1)];
  const fits = name.startsWith(before) && name.endsWith(after);
  if (!fits || name.length < before.length + after.length) return undefined;
  return { star: name.slice(before.length, name.length - after.length), weight: before.length };
}

function nearestConfig(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, 'tsconfig.json');
    if (writtenAt(path) !== 0) return path;
    if (at === dirname(at)) return undefined;
  }
}

function mappingOf(file: string): Mapping {
  const before = known.get(file);
  if (before !== undefined && [...before.times].every(([path, time]) => writtenAt(path) === time)) {
    return before.mapping;
  }
  const times = new Map<string, number>();
  const mapping = readMapping(file, times);
  known.set(file, { times, mapping });
  return mapping;
}

interface Options {
  readonly baseUrl?: unknown;
  readonly paths?: unknown;
}

interface Found {
  readonly baseUrl?: string;
  readonly paths?: Readonly<Record<string, unknown>>;
  /** Of what `paths` is said, when there is no `baseUrl`. */
  readonly folder?: string;
}

function readMapping(file: string, times: Map<string, number>): Mapping {
  const { baseUrl, paths = {}, folder = dirname(file) } = readConfig(file, times);
  const all = { ...(baseUrl === undefined ? {} : { '*': ['*'] }), ...paths };
  return Object.entries(all).map(([pattern, targets]) => {
    const texts = Array.isArray(targets) ? targets.filter((each) => typeof each === 'string') : [];
    const inPlace = texts.map((each) => each.replace(/^\$\{configDir\}/, dirname(file)));
    return [pattern, inPlace.map((each) => resolve(baseUrl ?? folder, each))] as const;
  });
}

/** What the file says, over what it extends; nothing of a file that is broken. */
function readConfig(file: string, times: Map<string, number>): Found {
  if (times.has(file)) return {}; // a circle
  times.set(file, writtenAt(file));
  const { extends: bases, compilerOptions } = parseFile(file);
  const inherited = [bases].flat().map((base): Found => {
    const path = typeof base === 'string' ? baseFile(base, dirname(file)) : undefined;
    return path === undefined ? {} : readConfig(path, times);
  });
  const { baseUrl, paths } = (compilerOptions ?? {}) as Options;
  const own: Found = {
    ...(typeof baseUrl === 'string' ? { baseUrl: resolve(dirname(file), baseUrl) } : {}),
    ...(typeof paths === 'object' && paths !== null
      ? { paths: { ...paths }, folder: dirname(file) }
      : {}),
  };
  return Object.assign({}, ...inherited, own) as Found;
}

function parseFile(file: string): {
  readonly extends?: unknown;
  readonly compilerOptions?: unknown;
} {
  try {
    const parsed: unknown = JSON.parse(withoutComments(readFileSync(file, 'utf8')));
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {}; // the compiler says what is wrong
  }
}

function withoutComments(text: string): string {
  const commentOrString = /"(?:\\.|[^"\\])*"|\/\/[^\n]*|\/\*[^]*?\*\//g;
  const bare = text.replace(commentOrString, (found) => (found.startsWith('"') ? found : ''));
  const commaOrString = /"(?:\\.|[^"\\])*"|,(?=\s*[}\]])/g;
  return bare
    .replace(commaOrString, (found) => (found === ',' ? '' : found))
    .replace(/^\uFEFF/, '');
}

function baseFile(base: string, folder: string): string | undefined {
  if (isAbsolute(base) || /^\.{1,2}\//.test(base)) {
    const path = resolve(folder, base);
    return [path, `${path}.json`].find((each) => writtenAt(each) !== 0);
  }
  const { resolve: find } = createRequire(join(folder, 'tsconfig.json'));
  for (const name of [base, `${base}.json`, `${base}/tsconfig.json`]) {
    try {
      const path = find(name);
      if (path.endsWith('.json')) return path;
    } catch {
      // the next one
    }
  }
  return undefined;
}

/** 0 for what is no file. */
function writtenAt(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true ? found.mtimeMs : 0;
}
