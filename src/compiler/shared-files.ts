import ts from './typescript.cjs';

interface Shared {
  readonly file: ts.SourceFile;
  readonly modifiedMs: number;
}

type Share = (
  fileName: string,
  parse: () => ts.SourceFile | undefined,
) => ts.SourceFile | undefined;

/** Of all converters of this thread, by name. */
const files = new Map<string, Shared>();
/** What one host has looked at already: it looks once, as it does at other files. */
const seen = new WeakMap<ts.CompilerHost, Map<string, ts.SourceFile>>();

/** Parses declarations of packages, and of TypeScript's own library, once as long as they stay as they are. */
export function sharedBy(host: ts.CompilerHost): Share {
  const known = seen.get(host) ?? new Map<string, ts.SourceFile>();
  seen.set(host, known);
  return (fileName, parse) => {
    if (!isOfPackage(fileName)) return parse();
    const file = known.get(fileName) ?? current(fileName, parse);
    if (file !== undefined) known.set(fileName, file);
    return file;
  };
}

function isOfPackage(fileName: string): boolean {
  return fileName.includes('/node_modules/') && fileName.endsWith('.d.ts');
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
