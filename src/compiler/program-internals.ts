/** What TypeScript's program keeps of its files, in the shape that 6.0 gives it. */
import ts from './typescript.cjs';
import { bindFile } from './typescript-internals.js';

type Resolution = ts.ResolvedModuleWithFailedLookupLocations;

/** Where specifiers of one file lead. */
export interface Resolutions {
  get(name: string, mode: ts.ResolutionMode): Resolution | undefined;
  set(name: string, mode: ts.ResolutionMode, resolution: Resolution): unknown;
  forEach(each: (resolution: Resolution, name: string, mode: ts.ResolutionMode) => void): void;
}

/** Of a file what its program adds to what the parser gives. */
interface Filed {
  path: string;
  resolvedPath: string;
  originalFileName: string;
  packageJsonLocations: unknown;
  packageJsonScope: unknown;
  imports: readonly ts.StringLiteralLike[];
  moduleAugmentations: readonly ts.Node[];
  ambientModuleNames: readonly string[];
}

/** What parses a file, which the file keeps. */
interface Parsed {
  readonly setExternalModuleIndicator?: (file: ts.SourceFile) => void;
  readonly jsDocParsingMode?: ts.JSDocParsingMode;
  readonly scriptKind?: ts.ScriptKind;
}

/** Why a file is in a program. */
interface IncludeReason {
  readonly kind: number;
  /** The path of the file that names it. */
  readonly file?: string;
  /** Which of that file's imports. */
  readonly index?: number;
}

/** The kind of a file that another one imports. */
const isImported = 3;

/** Of a program. */
interface Filing {
  /** By path. By them TypeScript knows how a module was named. */
  getFileIncludeReasons(): Map<string, readonly IncludeReason[]>;
  /** By path; several paths may lead to one file. */
  getFilesByNameMap(): Map<string, ts.SourceFile | false | undefined>;
  readonly resolvedModules: Map<string, Resolutions> | undefined;
}

interface Internals {
  createModeAwareCache(): Resolutions;
  forEachDynamicImportOrRequireCall(
    file: ts.SourceFile,
    ...how: [
      isTypeSpaceIncluded: boolean,
      isLiteralWanted: boolean,
      each: (node: ts.Node, specifier: ts.StringLiteralLike) => void,
    ]
  ): void;
  getJSXImplicitImportBase(options: ts.CompilerOptions, file: ts.SourceFile): string | undefined;
}

const internals = ts as unknown as Internals;
const filingOf = (program: ts.Program): Filing => program as unknown as Filing;
const filed = (file: ts.SourceFile): Filed => file as unknown as Filed;

export const newResolutions = (): Resolutions => internals.createModeAwareCache();

/** Where the imports of a file lead; undefined when it has none. */
export function resolutionsOf(program: ts.Program, file: ts.SourceFile): Resolutions | undefined {
  return filingOf(program).resolvedModules?.get(filed(file).path);
}

/** How a file differs from another one. */
export interface FileDifference {
  readonly text: string;
  /** @defaultValue the other one's */
  readonly kind?: ts.ScriptKind;
  /** @defaultValue the other one's */
  readonly fileName?: string;
}

/** Parses and binds a text as another file of a program was, in the same folder, and files it as the program does. */
export function parsedLike(
  program: ts.Program,
  other: ts.SourceFile,
  { text, kind, fileName = other.fileName }: FileDifference,
): ts.SourceFile {
  const { languageVersion, impliedNodeFormat } = other;
  const { setExternalModuleIndicator, jsDocParsingMode, scriptKind } = other as Parsed;
  const options = {
    languageVersion,
    impliedNodeFormat,
    ...(setExternalModuleIndicator && { setExternalModuleIndicator }),
    ...(jsDocParsingMode !== undefined && { jsDocParsingMode }),
  };
  const file = ts.createSourceFile(fileName, text, options, false, kind ?? scriptKind);
  const { path, resolvedPath, packageJsonLocations, packageJsonScope } = filed(other);
  const renamed = (old: string): string => old.slice(0, -other.fileName.length) + fileName;
  Object.assign(filed(file), {
    path: renamed(path),
    resolvedPath: renamed(resolvedPath),
    originalFileName: fileName,
    packageJsonLocations,
    packageJsonScope,
    moduleAugmentations: [],
    ambientModuleNames: [],
  });
  bindFile(file, program.getCompilerOptions());
  filed(file).imports = specifiersOf(file);
  return file;
}

/** Where the file names other modules. */
export function importsOf(file: ts.SourceFile): readonly ts.StringLiteralLike[] {
  return filed(file).imports;
}

function specifiersOf(file: ts.SourceFile): ts.StringLiteralLike[] {
  const specifiers: ts.StringLiteralLike[] = [];
  const add = (node: ts.Node | undefined): void => {
    if (node !== undefined && ts.isStringLiteralLike(node) && node.text !== '')
      specifiers.push(node);
  };
  for (const statement of file.statements) {
    if (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement))
      add(statement.moduleSpecifier);
    if (!ts.isImportEqualsDeclaration(statement)) continue;
    const { moduleReference } = statement;
    if (ts.isExternalModuleReference(moduleReference)) add(moduleReference.expression);
  }
  internals.forEachDynamicImportOrRequireCall(file, true, true, (...[, specifier]) => {
    add(specifier);
  });
  return specifiers;
}

/**
 * Whether other files know of a file: it adds to what is global or to another module, or is read with files that it
 * does not import.
 */
export function reachesOut(program: ts.Program, file: ts.SourceFile): boolean {
  const references = [
    file.referencedFiles,
    file.typeReferenceDirectives,
    file.libReferenceDirectives,
  ];
  return (
    !ts.isExternalModule(file) ||
    references.some(({ length }) => length > 0) ||
    file.statements.some(addsElsewhere) ||
    internals.getJSXImplicitImportBase(program.getCompilerOptions(), file) !== undefined
  );
}

function addsElsewhere(statement: ts.Statement): boolean {
  if (ts.isNamespaceExportDeclaration(statement)) return true;
  if (!ts.isModuleDeclaration(statement)) return false;
  return (
    ts.isStringLiteral(statement.name) || (statement.flags & ts.NodeFlags.GlobalAugmentation) !== 0
  );
}

/** A file, and where its imports lead. */
export interface PlacedFile {
  readonly file: ts.SourceFile;
  readonly resolutions: Resolutions | undefined;
}

/** Lets a file take the place of another one, whatever its own name is. */
export function replaceFile(program: ts.Program, was: PlacedFile, is: PlacedFile): void {
  forgetReasons(program, was);
  addReasons(program, is);
  const files = program.getSourceFiles() as ts.SourceFile[];
  files[files.indexOf(was.file)] = is.file;
  const { resolvedModules } = filingOf(program);
  const byPath = filingOf(program).getFilesByNameMap();
  for (const [path, file] of byPath) if (file === was.file) byPath.set(path, is.file);
  resolvedModules?.delete(filed(was.file).path);
  if (is.resolutions !== undefined) resolvedModules?.set(filed(is.file).path, is.resolutions);
}

function forgetReasons(program: ts.Program, placed: PlacedFile): void {
  const reasons = filingOf(program).getFileIncludeReasons();
  const { path: from } = filed(placed.file);
  for (const path of importedPaths(program, placed)) {
    const others = reasons
      .get(path)
      ?.filter(({ kind, file }) => kind !== isImported || file !== from);
    if (others !== undefined) reasons.set(path, others);
  }
}

function addReasons(program: ts.Program, placed: PlacedFile): void {
  const reasons = filingOf(program).getFileIncludeReasons();
  const { path: file } = filed(placed.file);
  for (const [index, path] of importedPaths(program, placed).entries()) {
    if (path === '') continue;
    reasons.set(path, [...(reasons.get(path) ?? []), { kind: isImported, file, index }]);
  }
}

/** Where each of its imports leads; empty for what is no file. */
function importedPaths(program: ts.Program, { file, resolutions }: PlacedFile): string[] {
  return importsOf(file).map((specifier) => {
    const mode = ts.getModeForUsageLocation(file, specifier, program.getCompilerOptions());
    const resolved = resolutions?.get(specifier.text, mode)?.resolvedModule;
    const target = resolved && program.getSourceFile(resolved.resolvedFileName);
    return target === undefined ? '' : filed(target).path;
  });
}
