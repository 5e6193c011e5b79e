/**
 * What Node makes the compiler's snapshot of: a script that may load Node's own modules alone. The compiler is loaded
 * by a loader that is written here, since Node's own leaves a state behind that a snapshot cannot hold.
 */
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Loaded {
  exports: unknown;
}

type Require = ((request: string) => unknown) & {
  resolve: (request: string) => string;
  cache: Record<string, Loaded | undefined>;
};

const loaded: Record<string, Loaded | undefined> = {};

load(fileURLToPath(new URL('./snapshot-main.cjs', import.meta.url)));

function load(file: string): unknown {
  const known = loaded[file];
  if (known !== undefined) return known.exports;
  const made: Loaded = { exports: {} };
  loaded[file] = made;
  const text = readFileSync(file, 'utf8');
  if (file.endsWith('.json')) made.exports = JSON.parse(text) as unknown;
  else evaluate(text, file, made);
  return made.exports;
}

function evaluate(text: string, file: string, made: Loaded): void {
  const names = ['module', 'exports', 'require', '__filename', '__dirname'];
  const body = `${text.replace(/^#!.*/, '')}\n//# sourceURL=${file}`;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- That is what a loader does.
  const call = new Function(...names, body) as (...given: unknown[]) => void;
  call.call(made.exports, made, made.exports, requireFrom(file), file, dirname(file));
}

function requireFrom(file: string): Require {
  const resolveHere = (request: string): string => resolveFrom(dirname(file), request);
  const call = (request: string): unknown => {
    if (/^(?:node:)?module$/.test(request)) return { createRequire };
    return process.getBuiltinModule(request) ?? load(resolveHere(request));
  };
  return Object.assign(call, { resolve: resolveHere, cache: loaded });
}

function createRequire(from: string | URL): Require {
  return requireFrom(/^file:/.test(String(from)) ? fileURLToPath(from) : String(from));
}

function resolveFrom(folder: string, request: string): string {
  if (/^(?:\.{1,2}(?:\/|$)|\/)/.test(request)) return fileAt(resolve(folder, request), request);
  for (let at = folder; ; at = dirname(at)) {
    const candidate = join(at, 'node_modules', request);
    if (existsSync(candidate)) return fileAt(realpathSync(candidate), request);
    if (at === dirname(at)) throw new Error(`Cannot find '${request}' from ${folder}.`);
  }
}

function fileAt(wanted: string, request: string): string {
  const candidates = [wanted, `${wanted}.js`, `${wanted}.json`];
  const found =
    candidates.find(isFile) ??
    [...mainsOf(wanted), 'index.js'].map((one) => join(wanted, one)).find(isFile);
  if (found === undefined) throw new Error(`Cannot find '${request}': there is no ${wanted}.`);
  return found;
}

/** What the package in a folder says that it begins with. */
function mainsOf(folder: string): string[] {
  const description = join(folder, 'package.json');
  if (!isFile(description)) return [];
  const { main } = JSON.parse(readFileSync(description, 'utf8')) as { main?: string };
  return main === undefined ? [] : [main, `${main}.js`];
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}
