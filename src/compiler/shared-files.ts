import { dirname, sep } from 'node:path';
import { ownTypes } from './compiler-options.js';
import ts from './typescript.cjs';

interface Shared {
  readonly file: ts.SourceFile;
  readonly modifiedMs: number;
}

/** Of this package, which need not be in `node_modules`. As TypeScript writes paths. */
const ownFolder = `${dirname(ownTypes)}/`.replaceAll(sep, '/');

type Options = ts.ScriptTarget | ts.CreateSourceFileOptions;

/** How a file is to be parsed, and what parses it. */
interface Parse {
  readonly options: Options;
  readonly parse: (options: Options) => ts.SourceFile | undefined;
}

type Share = (fileName: string, how: Parse) => ts.SourceFile | undefined;

/** Of all converters of this thread, by name. */
const files = new Map<string, Shared>();
/** What one host has looked at already: it looks once, as it does at other files. */
const seen = new WeakMap<ts.CompilerHost, Map<string, ts.SourceFile>>();

/**
 * Parses declarations of packages, and of TypeScript's own library, once as long as they stay as they are.
 * Their documentation is left out: it is most of the text, and `documentation.ts` reads it when it is asked for.
 */
export function sharedBy(host: ts.CompilerHost): Share {
  const known = seen.get(host) ?? new Map<string, ts.SourceFile>();
  seen.set(host, known);
  return (fileName, { options, parse }) => {
    if (!isOfPackage(fileName)) return parse(options);
    const file = known.get(fileName) ?? current(fileName, () => parse(undocumented(options)));
    if (file !== undefined) known.set(fileName, file);
    return file;
  };
}

function undocumented(options: Options): ts.CreateSourceFileOptions {
  const given = typeof options === 'object' ? options : { languageVersion: options };
  return { ...given, jsDocParsingMode: ts.JSDocParsingMode.ParseNone };
}

function isOfPackage(fileName: string): boolean {
  return isInPackage(fileName) && fileName.endsWith('.d.ts');
}

/** Of what is installed, and not the user's own. */
export function isInPackage(fileName: string): boolean {
  return fileName.includes('/node_modules/') || fileName.startsWith(ownFolder);
}

function current(
  fileName: string,
  parse: () => ts.SourceFile | undefined,
): ts.SourceFile | undefined {
  const modifiedMs = ts.sys.getModifiedTime?.(fileName)?.getTime() ?? 0;
  const before = files.get(fileName);
  if (before?.modifiedMs === modifiedMs) return before.file;
  const file = parse();
  if (file === undefined) files.delete(fileName);
  else files.set(fileName, { file, modifiedMs });
  return file;
}
