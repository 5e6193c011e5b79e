import { createRequire } from 'node:module';
import ts from './typescript.cjs';
import type { CellPrograms } from './cell-programs.js';
import { plainName } from './living-program.js';
import { sharedBy } from './shared-files.js';
import { remainingText } from './remaining.js';
import { openResources } from './open-resources.js';
import type { CellKind } from './read-cell.js';
import { bindNames, completionsAtPosition, quickInfoAtPosition } from './typescript-internals.js';

/**
 * What the converter asks of TypeScript, answered for one converter.
 *
 * tslab's converter is written against a fork of TypeScript 5.0.4. It gets stock TypeScript instead,
 * with the few functions that the fork adds, and with the steps left out that are done better here.
 */
export interface ConverterHooks {
  readonly cwd: string;
  /** Options of the program: what the converter wants, and what cells get. */
  readonly options: (wanted: ts.CompilerOptions) => ts.CompilerOptions;
  /** The cell, its declarations, what is there undeclared, and what that names. */
  readonly cellFiles: readonly [
    cell: string,
    declarations: string,
    ambient: string,
    engines: string,
  ];
  /** What becomes of the programs of these. */
  readonly programs: CellPrograms;
  /** How a file is parsed. */
  readonly kindOf: (fileName: string) => CellKind;
  readonly system: (wanted: ts.System) => ts.System;
  /** Hears of the declarations before the converter takes them apart. */
  readonly opened: (declarations: ts.SourceFile) => void;
  /** Hears what the cell declares. */
  readonly declared: (text: string) => void;
  /** Errors that keep the cell from running, in the cell and in what it imports. */
  readonly diagnose: (program: ts.Program, files: readonly ts.SourceFile[]) => ts.Diagnostic[];
  /** Hears of the completions before the converter makes names of them. */
  readonly completed: (info: ts.CompletionInfo | undefined) => void;
}

const require = createRequire(import.meta.url);

/** The module that tslab imports for TypeScript, where it would find it. */
const forkName = '@tslab/typescript-for-tslab';
const fork = createRequire(require.resolve('tslab/package.json')).resolve(forkName);

/** The converter's module, loaded on stock TypeScript. `hooks` serve its converters until the next call. */
export function loadTslab(hooks: ConverterHooks): TslabModule {
  current = hooks;
  require.cache[fork] ??= { exports: shim, loaded: true } as NodeJS.Module;
  // tslab's own types speak of the fork; the few that are used are written down below.
  return require('tslab/dist/converter.js') as TslabModule;
}

/** Keeps nothing of the last converter's programs. */
export function forgetConverters(): void {
  current = undefined;
}

export interface TslabModule {
  createConverter(options?: { isJS?: boolean }): TslabConverter;
}

export interface TslabConverter {
  convert(declarations: string, code: string): TslabOutput;
  inspect(declarations: string, code: string, position: number): ts.QuickInfo | undefined;
  complete(
    declarations: string,
    code: string,
    position: number,
  ): { start: number; end: number; candidates: string[] };
  close(): void;
}

interface TslabOutput {
  /** ES module text with an inline source map; absent when there are diagnostics. */
  readonly output?: string;
  readonly declOutput?: string;
  readonly diagnostics: readonly unknown[];
}

let current: ConverterHooks | undefined;

function hooks(): ConverterHooks {
  if (current === undefined) throw new Error('The converter was loaded without hooks.');
  return current;
}

/** Stands for the fork's own null context; passed back by the converter and recognised here. */
const nullContext = {} as ts.TransformationContext;

type WatchHost = ts.WatchCompilerHostOfFilesAndCompilerOptions<ts.BuilderProgram>;
type WatchHostArguments = [rootFiles: string[], options: ts.CompilerOptions, system: ts.System];

/**
 * With the plain builder: the converter's own choice works out which file refers to which, twice a cell,
 * and that took half of the time of a small cell.
 */
const createWatchCompilerHost = (
  ...[rootFiles, options, system, , ...reporters]: [...WatchHostArguments, ...undefined[]]
): WatchHost =>
  ts.createWatchCompilerHost<ts.BuilderProgram>(
    [...new Set([...rootFiles, ...hooks().cellFiles])],
    hooks().options(options),
    hooks().system(system),
    createBuilder,
    ...reporters,
  );

const createBuilder: ts.CreateProgram<ts.BuilderProgram> = (...[names, options, host, ...rest]) =>
  ts.createAbstractBuilder(names, options, host && withKinds(host), ...rest);

/**
 * A cell's file has one name, whatever is in it: TSX is parsed anew as what it is. Declarations of packages
 * are parsed once for all converters: another one is made when options change.
 */
function withKinds(host: ts.CompilerHost): ts.CompilerHost {
  const shared = sharedBy(host);
  const asItIs = (
    file: ts.SourceFile | undefined,
    options: SourceFileOptions,
  ): ts.SourceFile | undefined =>
    file !== undefined && hooks().kindOf(file.fileName) === 'tsx' ? asTsx(file, options) : file;
  const byPath = host.getSourceFileByPath?.bind(host);
  const own: Partial<ts.CompilerHost> = {
    getSourceFile: (...[fileName, wanted, ...rest]) => {
      const parse = (options: SourceFileOptions): ts.SourceFile | undefined =>
        asItIs(host.getSourceFile(fileName, options, ...rest), options);
      return shared(fileName, { options: wanted, parse });
    },
    ...(byPath && {
      getSourceFileByPath: (...[fileName, path, wanted, ...rest]) => {
        const parse = (options: SourceFileOptions): ts.SourceFile | undefined =>
          asItIs(byPath(fileName, path, options, ...rest), options);
        return shared(fileName, { options: wanted, parse });
      },
    }),
  };
  return Object.assign(Object.create(host) as ts.CompilerHost, own);
}

type SourceFileOptions = Parameters<ts.CompilerHost['getSourceFile']>[1];

/** By the file that was parsed as TypeScript: a program knows its files by identity. */
const parsedAsTsx = new WeakMap<ts.SourceFile, ts.SourceFile>();

function asTsx(file: ts.SourceFile, options: SourceFileOptions): ts.SourceFile {
  const { fileName, text } = file;
  const known = parsedAsTsx.get(file);
  if (known !== undefined) return known;
  const parsed = ts.createSourceFile(fileName, text, options, false, ts.ScriptKind.TSX);
  const { version } = file as { version?: string };
  const tsx = Object.assign(parsed, { version });
  parsedAsTsx.set(file, tsx);
  return tsx;
}

const shim = {
  ...ts,
  sys: Object.assign(Object.create(ts.sys) as ts.System, {
    getCurrentDirectory: () => hooks().cwd,
  }),
  createWatchCompilerHost,
  createWatchProgram,
  getNullTransformationContext: () => nullContext,
  /** The converter's own rewriting of names is left out: the cell transform does it on the output. */
  visitEachChild: (node: ts.Node): ts.Node => node,
  /** The same for its capture of the last expression. */
  isExpressionStatement: () => false,
  createPrinter: () => ({ printFile: remainingText }),
  /** It would turn the output into CommonJS; the cell transform wants the ES module. */
  transpileModule: (code: string) => ({ outputText: code }),
  getDefaultTypeRoots: () => [],
  getPreEmitDiagnosticsOfFiles: (program: ts.Program, files: readonly ts.SourceFile[]) =>
    hooks().diagnose(program, [...new Set(files)]),
  getQuickInfoAtPosition: quickInfoAtPosition,
  Completions: {
    getCompletionsAtPositionForTslab: (...asked: Parameters<typeof completionsAtPosition>) => {
      const info = completionsAtPosition(...asked);
      hooks().completed(info);
      return info;
    },
  },
};

/**
 * Hands each new program to the converter, which looks for the cell's top-level names in it at once.
 * Local files that a cell imports are not compiled with it: only the cell is emitted.
 */
function createWatchProgram(host: WatchHost): ts.WatchOfFilesAndCompilerOptions<ts.BuilderProgram> {
  const { cellFiles, programs } = hooks();
  const adopt = host.afterProgramCreate?.bind(host);
  const schedule = host.setTimeout?.bind(host);
  const cancel = host.clearTimeout?.bind(host);
  let current: ts.BuilderProgram | undefined;
  /** An update that was not needed, which TypeScript takes for one to come. */
  let skipped: unknown;
  host.afterProgramCreate = (program) => {
    current = program;
    for (const file of cellFiles) bindNames(program.getProgram(), file);
    programs.adopt(program.getProgram());
    adopt?.(forConverter(program));
  };
  host.setTimeout = (update: (...given: unknown[]) => void, ...rest): unknown => {
    const timer: unknown = schedule?.(
      (...given: unknown[]) => {
        const before = current;
        if (programs.update((name) => host.readFile(name))) skipped = timer;
        else update(...given);
        // The converter expects a program whenever it has changed the cell, even where TypeScript sees the same text.
        if (current !== undefined && current === before) adopt?.(forConverter(current));
      },
      ...rest,
    );
    return timer;
  };
  host.clearTimeout = (timer) => {
    if (timer !== skipped) cancel?.(timer);
  };
  return ts.createWatchProgram(host);
}

/** The converter has the declarations enclose the cell; what is there undeclared encloses both. */
function forConverter(program: ts.BuilderProgram): ts.BuilderProgram {
  const [, declarations, ambient] = hooks().cellFiles.map((name) => program.getSourceFile(name));
  if (declarations !== undefined) {
    (declarations as { parent: ts.Node | undefined }).parent = ambient;
    hooks().opened(declarations);
  }
  const own: Partial<ts.BuilderProgram> = {
    getSourceFile: (fileName) => program.getSourceFile(plainName(fileName)),
    getAllDependencies: (file) => [plainName(file.fileName)],
    emit: (...[file, write, cancellation, onlyDeclarations, transformers]) =>
      program.emit(
        file,
        write &&
          ((fileName, text, ...rest) => {
            if (fileName.endsWith('.d.ts')) hooks().declared(text);
            write(plainName(fileName), text, ...rest);
          }),
        cancellation,
        onlyDeclarations,
        { ...transformers, before: [openResources] },
      ),
  };
  return Object.assign(Object.create(program) as typeof program, own);
}
