import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createRequire, register } from 'node:module';
import { dirname, extname, join, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { mappedPaths } from './path-mapping.js';

/** Finds modules of the user's own: files beside the notebook, TypeScript among them. */
export interface LocalModules {
  /**
   * The URL that a `specifier` of a module in `folder` is imported by, which is relative or one of `paths` in a
   * tsconfig.json; another one as soon as the file or a local file that it imports has changed. Undefined for
   * what is no local module: Node's own matter.
   */
  locate(specifier: string, folder: string): string | undefined;
}

/** What a file name may lack, in the order of TypeScript's resolution. */
const endings = ['', '.ts', '.tsx', '.mts', '.js', '.jsx', '.mjs', '.cjs', '.json'];
const typescript: Readonly<Record<string, readonly string[]>> = {
  '.js': ['.ts', '.tsx'],
  '.jsx': ['.tsx'],
  '.mjs': ['.mts'],
};
/** Files that are loaded anew when they change. Node keeps CommonJS by its path. */
const versioned: ReadonlySet<string> = new Set(
  endings.filter((each) => !['', '.cjs'].includes(each)),
);

let areHooksThere = false;

/** For the main thread of a kernel or an engine: the first local module brings the hooks that load TypeScript. */
export function localModules(): LocalModules {
  return {
    locate: (specifier, folder) => {
      const url = locate(specifier, folder);
      if (url !== undefined && !areHooksThere) {
        areHooksThere = true;
        process.setSourceMapsEnabled(true); // stacks name the lines of the TypeScript
        register(new URL('./module-hooks.js', import.meta.url));
      }
      return url;
    },
  };
}

/** See {@link LocalModules}: the same in the thread of the hooks, for what modules import. */
export function locate(specifier: string, folder: string): string | undefined {
  const isRelative = /^(?:\.{0,2}\/|file:)/.test(specifier);
  const file = isRelative ? findFile(specifier, folder) : findMapped(specifier, folder);
  if (file === undefined || (isRelative && isInPackage(file))) return undefined;
  const { href } = pathToFileURL(file);
  if (isInPackage(file)) return href;
  return versioned.has(extname(file)) ? `${href}?pxlab=${versionOf(file)}` : href;
}

function findFile(specifier: string, folder: string): string | undefined {
  const path = specifier.startsWith('file:')
    ? fileURLToPath(specifier)
    : resolve(folder, specifier);
  const ending = extname(path);
  const asTypeScript = (typescript[ending] ?? []).map(
    (each) => path.slice(0, -ending.length) + each,
  );
  const inFolder = endings.filter((each) => each !== '').map((each) => join(path, `index${each}`));
  return [...endings.map((each) => path + each), ...asTypeScript, ...inFolder].find(isFile);
}

/** What `paths` of a tsconfig.json make of a name: a local file, or one of a package. */
function findMapped(specifier: string, folder: string): string | undefined {
  if (/^(?:[#/]|node:|data:|https?:)/.test(specifier)) return undefined;
  for (const path of mappedPaths(specifier, folder)) {
    const file = isInPackage(path) ? packageFile(path) : findFile(path, folder);
    if (file !== undefined) return file;
  }
  return undefined;
}

function isInPackage(path: string): boolean {
  return path.includes(`${sep}node_modules${sep}`);
}

function packageFile(path: string): string | undefined {
  try {
    return createRequire(path).resolve(path);
  } catch {
    return undefined;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** Stands for what the file and all local files that it leads to hold. */
function versionOf(file: string): string {
  const texts = new Map<string, string>();
  const open = [file];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (texts.has(next)) continue;
    const text = readFileSync(next, 'utf8');
    texts.set(next, text);
    const folder = dirname(next);
    for (const specifier of specifiersIn(text)) {
      const found = specifier.startsWith('.')
        ? findFile(specifier, folder)
        : findMapped(specifier, folder);
      if (found !== undefined && !isInPackage(found) && versioned.has(extname(found)))
        open.push(found);
    }
  }
  const hash = createHash('sha256');
  for (const path of [...texts.keys()].sort()) hash.update(`${path}\0${texts.get(path) ?? ''}\0`);
  return hash.digest('hex').slice(0, 16);
}

/** What looks like an import. One too many makes a version no worse. */
function specifiersIn(text: string): string[] {
  const matches = text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*(['"])([^'"\n]+)\1/g);
  return [...matches].map(([, , specifier = '']) => specifier);
}
