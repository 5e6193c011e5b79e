import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { hasCode, messageOf } from '../base/errors.js';

type ImportFunction = (specifier: string, options?: unknown) => Promise<unknown>;

export interface ImportsOptions {
  /** Name of this machine in messages, when cells are typed on another. */
  readonly host?: string | undefined;
  /** The URL of a module beside the notebook, TypeScript among them; undefined for what is none. */
  readonly locate?: ((specifier: string, folder: string) => string | undefined) | undefined;
}

/** Our own name and what `import` of it gives: this very package, not a second copy of it. */
const packageName = 'pxlab';
const packageEntry = new URL('../index.js', import.meta.url).href;

/** `import` and `require` as a module in the cell's folder would have them. */
export class Imports {
  readonly #options: ImportsOptions;
  readonly #loaders = new Map<string, Loader>();

  constructor(options: ImportsOptions = {}) {
    this.#options = options;
  }

  async load(folder: string, specifier: unknown, options?: unknown): Promise<unknown> {
    const name = String(specifier);
    forgetPipes();
    try {
      if (name === packageName) return await import(packageEntry);
      const local = this.#options.locate?.(name, folder);
      if (local === undefined && options === undefined && isBareJson(name)) {
        return jsonModule(this.#loaderOf(folder).require(name));
      }
      return await this.#loaderOf(folder).importFrom(local ?? name, optionsFor(local, options));
    } catch (thrown) {
      throw isMissingFile(thrown, name)
        ? noSuchFile(name, this.#placeOf(folder), thrown)
        : this.#explained(thrown, folder);
    }
  }

  requireFrom(folder: string): NodeJS.Require {
    return this.#loaderOf(folder).require;
  }

  #loaderOf(folder: string): Loader {
    let loader = this.#loaders.get(folder);
    if (loader === undefined) {
      loader = { importFrom: importFunction(folder), require: this.#makeRequire(folder) };
      this.#loaders.set(folder, loader);
    }
    return loader;
  }

  #makeRequire(folder: string): NodeJS.Require {
    const original = createRequire(join(folder, helperName));
    const explained = (specifier: string): unknown => {
      forgetPipes();
      try {
        return original(specifier === packageName ? packageEntryFile() : specifier);
      } catch (thrown) {
        throw this.#explained(thrown, folder);
      }
    };
    return Object.assign(explained, original) as NodeJS.Require;
  }

  /** A missing package says what to do; everything else stays as it was thrown. */
  #explained(thrown: unknown, folder: string): unknown {
    const missing = missingPackage(thrown);
    if (missing === undefined) return thrown;
    const place = this.#placeOf(folder);
    const error = new Error(
      `The package '${missing}' is not installed in ${place}. Install it there: npm install ${missing}`,
    );
    return Object.assign(error, { code: (thrown as { code?: unknown }).code });
  }

  #placeOf(folder: string): string {
    const { host } = this.#options;
    return host === undefined ? folder : `${folder} on the engine host ${host}`;
  }
}

/** The file that the cell itself names, not one that an imported module does. */
function isMissingFile(thrown: unknown, name: string): boolean {
  return (
    hasCode(thrown, 'ERR_MODULE_NOT_FOUND') &&
    /^\.{0,2}\//.test(name) &&
    messageOf(thrown).includes(helperName)
  );
}

function noSuchFile(name: string, place: string, cause: unknown): Error {
  const error = new Error(`There is no module '${name}' in ${place}.`, { cause });
  return Object.assign(error, { code: 'ERR_MODULE_NOT_FOUND' });
}

/** TypeScript takes JSON without being told so. */
function optionsFor(local: string | undefined, options: unknown): unknown {
  return options ?? (local !== undefined && /\.json(?:\?|$)/.test(local) ? asJson : undefined);
}

/**
 * Node's loader follows no symbolic link while the last file that anyone asked about was a pipe, as stdout is: then
 * packages of pnpm, which are links, do not find theirs (`realpathSync` in lib/fs.js of Node 20).
 */
function forgetPipes(): void {
  statSync('/');
}

/** JSON of a package, as `common/package.json`. */
function isBareJson(name: string): boolean {
  return name.endsWith('.json') && !/^(?:\.{0,2}\/|[a-z]+:)/.test(name);
}

/** Its fields can be imported by name, which Node's own JSON modules do not allow. */
function jsonModule(value: unknown): unknown {
  const fields = typeof value === 'object' && !Array.isArray(value) ? value : {};
  return { ...fields, default: value };
}

const asJson = { with: { type: 'json' } };

interface Loader {
  readonly importFrom: ImportFunction;
  readonly require: NodeJS.Require;
}

/** Stands for the cell as the importing module: only its folder matters. */
const helperName = '__px__.js';

/** A script of the real ESM loader, which resolves from its file name. */
function importFunction(folder: string): ImportFunction {
  const script = new vm.Script('(specifier, options) => import(specifier, options)', {
    filename: join(folder, helperName),
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const importFrom = script.runInThisContext() as ImportFunction;
  withoutExperimentalWarning(() => void importFrom('node:path'));
  return importFrom;
}

/** Node says once, at the first call, that the loader constant is experimental: its users cannot act on it. */
function withoutExperimentalWarning(call: () => void): void {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = (...given: unknown[]): void => {
    if (String(given[0]).includes('USE_MAIN_CONTEXT_DEFAULT_LOADER')) return;
    Reflect.apply(emitWarning, undefined, given);
  };
  try {
    call();
  } finally {
    process.emitWarning = emitWarning;
  }
}

function packageEntryFile(): string {
  return fileURLToPath(packageEntry);
}

function missingPackage(thrown: unknown): string | undefined {
  if (!hasCode(thrown, 'ERR_MODULE_NOT_FOUND') && !hasCode(thrown, 'MODULE_NOT_FOUND')) {
    return undefined;
  }
  const specifier = /^Cannot find (?:package|module) '([^']+)'/.exec(messageOf(thrown))?.[1];
  if (specifier === undefined || /^[./]|^[a-zA-Z]:|^file:/.test(specifier)) return undefined;
  const [scopeOrName = specifier, name] = specifier.split('/');
  return scopeOrName.startsWith('@') && name !== undefined ? `${scopeOrName}/${name}` : scopeOrName;
}
