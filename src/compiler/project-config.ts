import { dirname, join, relative, resolve } from 'node:path';
import ts from './typescript.cjs';

/** What cells take from a tsconfig.json. */
export interface ProjectConfig {
  /** Equal as long as nothing has changed. */
  readonly version: string;
  /** There is a file, and it can be read. */
  readonly isThere: boolean;
  /** What JSX becomes; empty when the file does not say. */
  readonly jsx: ts.CompilerOptions;
  /** `strict`, its single flags, and other flags that check more. */
  readonly checks: ts.CompilerOptions;
  /** Absolute, in TypeScript's form. */
  readonly paths: ts.MapLike<string[]>;
  /** Options that cells do not take, of those that change what code means. */
  readonly missed: readonly string[];
  /** The rest: what is written where, and what holds for files. */
  readonly others: readonly string[];
  /** What is wrong with the file, in one line. */
  readonly problem: string | undefined;
}

const jsxOptions = ['jsx', 'jsxFactory', 'jsxFragmentFactory', 'jsxImportSource', 'reactNamespace'];

const checks = [
  'strict',
  'noImplicitAny',
  'noImplicitThis',
  'strictBindCallApply',
  'strictBuiltinIteratorReturn',
  'strictFunctionTypes',
  'strictNullChecks',
  'strictPropertyInitialization',
  'useUnknownInCatchVariables',
  'exactOptionalPropertyTypes',
  'noFallthroughCasesInSwitch',
  'noImplicitOverride',
  'noImplicitReturns',
  'noPropertyAccessFromIndexSignature',
  'noUncheckedIndexedAccess',
];

const taken: ReadonlySet<string> = new Set([...jsxOptions, ...checks, 'paths', 'baseUrl']);

/** Options that change what code means or which types it has, and that cells do not take. */
const missed: Readonly<Record<string, (value: unknown) => boolean>> = {
  allowUmdGlobalAccess: isTrue,
  customConditions: isTrue,
  emitDecoratorMetadata: isTrue,
  experimentalDecorators: isTrue,
  lib: (names) => Array.isArray(names) && names.some((name) => /dom|webworker/.test(String(name))),
  moduleSuffixes: isTrue,
  rootDirs: isTrue,
  typeRoots: isTrue,
  types: (names) => Array.isArray(names) && names.some((name) => name !== 'node'),
  useDefineForClassFields: (value) => value === false,
};

function isTrue(value: unknown): boolean {
  return Boolean(value);
}

/** The tsconfig.json of a folder, read anew when it or a file that it extends has changed. */
export class ProjectConfigFile {
  readonly #path: string;
  /** The files that were read, and when each was written to. */
  #files = new Map<string, number>();
  #current: ProjectConfig | undefined;

  constructor(folder: string) {
    this.#path = join(folder, 'tsconfig.json');
  }

  read(): ProjectConfig {
    const isKnown = [...this.#files].every(([path, time]) => writtenAt(path) === time);
    if (this.#current === undefined || !isKnown) this.#current = this.#readAnew();
    return this.#current;
  }

  #readAnew(): ProjectConfig {
    this.#files = new Map([[this.#path, writtenAt(this.#path)]]);
    if (!ts.sys.fileExists(this.#path)) return none;
    const readFile = (path: string): string | undefined => {
      this.#files.set(path, writtenAt(path));
      return ts.sys.readFile(path);
    };
    const read = ts.readConfigFile(this.#path, readFile);
    if (read.error !== undefined) return broken(read.error);
    const host: ts.ParseConfigHost = { ...parseHost, readFile };
    const folder = dirname(this.#path);
    const parsed = ts.parseJsonConfigFileContent(read.config, host, folder, undefined, this.#path);
    const errors = parsed.errors.filter(({ code }) => !ofFileLists.has(code));
    const fatal = errors.find(({ code }) => !ofOneOption.has(code));
    return fatal === undefined ? configOf(parsed.options, errors[0]) : broken(fatal);
  }
}

/** The files of a project are no matter of cells: nothing is looked for. */
const parseHost: Omit<ts.ParseConfigHost, 'readFile'> = {
  useCaseSensitiveFileNames: true,
  readDirectory: () => [],
  fileExists: (path) => ts.sys.fileExists(path),
};

/** No files found, an empty list of them. */
const ofFileLists: ReadonlySet<number> = new Set([18002, 18003]);

/** An option that is unknown or has a value of the wrong kind: the others count. */
const ofOneOption: ReadonlySet<number> = new Set([5023, 5024, 5025, 5109, 6046]);

const none: ProjectConfig = {
  version: '',
  isThere: false,
  ...{ jsx: {}, checks: {}, paths: {}, missed: [], others: [], problem: undefined },
};

function broken(error: ts.Diagnostic): ProjectConfig {
  const problem = `tsconfig.json is left aside: ${textOf(error)}`;
  return { ...none, version: problem, problem };
}

function configOf(options: ts.CompilerOptions, error: ts.Diagnostic | undefined): ProjectConfig {
  const found = {
    jsx: ofKind(options, jsxOptions),
    checks: ofKind(options, checks),
    paths: pathsOf(options),
  };
  const isMissed = (name: string): boolean => missed[name]?.(options[name]) === true;
  const named = Object.keys(options).filter((name) => !taken.has(name) && !internal.has(name));
  const lists = { missed: named.filter(isMissed), others: named.filter((each) => !isMissed(each)) };
  const problem = error === undefined ? undefined : `tsconfig.json: ${textOf(error)}`;
  return {
    version: JSON.stringify([found, lists, problem]),
    isThere: true,
    ...{ ...found, ...lists, problem },
  };
}

/** Notes of TypeScript to itself. */
const internal: ReadonlySet<string> = new Set(['configFilePath', 'pathsBasePath', 'configFile']);

function ofKind(options: ts.CompilerOptions, names: readonly string[]): ts.CompilerOptions {
  const found = Object.entries(options).filter(([name]) => names.includes(name));
  return withRuntime(Object.fromEntries(found));
}

/** JSX that other tools are to translate becomes what most of them make of it: calls of its runtime. */
function withRuntime(options: ts.CompilerOptions): ts.CompilerOptions {
  const { jsx } = options;
  const isLeft = jsx === ts.JsxEmit.Preserve || jsx === ts.JsxEmit.ReactNative;
  return isLeft ? { ...options, jsx: ts.JsxEmit.ReactJSX } : options;
}

interface PathOptions {
  readonly paths?: ts.MapLike<string[]>;
  readonly baseUrl?: string;
  readonly pathsBasePath?: unknown;
}

/** `baseUrl` alone is a mapping of all names. */
function pathsOf({ paths, baseUrl, pathsBasePath }: PathOptions): ts.MapLike<string[]> {
  const base = baseUrl ?? (typeof pathsBasePath === 'string' ? pathsBasePath : '');
  const all = { ...(baseUrl === undefined ? {} : { '*': ['*'] }), ...paths };
  return Object.fromEntries(
    Object.entries(all).map(([name, targets]) => [
      name,
      targets.map((each) => resolve(base, each)),
    ]),
  );
}

function textOf({ file, start, messageText }: ts.Diagnostic): string {
  const message = ts.flattenDiagnosticMessageText(messageText, ' ');
  if (file === undefined || start === undefined) return message;
  const { line, character } = file.getLineAndCharacterOfPosition(start);
  const name = relative('.', file.fileName).split('/').at(-1) ?? file.fileName;
  return `${name}:${line + 1}:${character + 1} - ${message}`;
}

function writtenAt(path: string): number {
  return ts.sys.getModifiedTime?.(path)?.getTime() ?? 0;
}
