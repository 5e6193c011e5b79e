import { documentDeclarations } from './documentation.js';
import ts from './typescript.cjs';

/**
 * Functions of TypeScript that it exports without types, in the shape that 6.0 gives them: the language
 * service is built on them, and the converter calls them without a language service.
 */
/* eslint-disable @typescript-eslint/naming-convention -- TypeScript's own names */
interface Internals {
  getTouchingPropertyName(file: ts.SourceFile, position: number): ts.Node;
  getContainerNode(node: ts.Node): ts.Node;
  bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void;
  readonly SymbolDisplay: {
    getSymbolDisplayPartsDocumentationAndSymbolKind(
      ...of: [ts.TypeChecker, ts.Symbol, ts.SourceFile, ts.Node, ts.Node]
    ): {
      symbolKind: ts.ScriptElementKind;
      displayParts: ts.SymbolDisplayPart[];
      documentation: ts.SymbolDisplayPart[];
      tags: ts.JSDocTagInfo[];
    };
  };
  readonly Completions: {
    getCompletionsAtPosition(
      host: object,
      program: ts.Program,
      ...rest: unknown[]
    ): ts.CompletionInfo | undefined;
  };
}

/* eslint-enable @typescript-eslint/naming-convention */

const internals = ts as unknown as Internals;

/** The fork's `getQuickInfoAtPosition`: what the language service shows on hover. */
export function quickInfoAtPosition(
  file: ts.SourceFile,
  checker: ts.TypeChecker,
  ...[, position]: [cancellation: unknown, position: number]
): ts.QuickInfo | undefined {
  const node = internals.getTouchingPropertyName(file, position);
  const symbol = node === file ? undefined : checker.getSymbolAtLocation(node);
  if (symbol === undefined) return undefined;
  documentDeclarations(checker, symbol, node);
  const container = internals.getContainerNode(node);
  const shown = internals.SymbolDisplay.getSymbolDisplayPartsDocumentationAndSymbolKind(
    checker,
    symbol,
    file,
    container,
    node,
  );
  return {
    kind: shown.symbolKind,
    kindModifiers: '',
    textSpan: { start: node.getStart(file), length: node.getWidth(file) },
    displayParts: shown.displayParts,
    documentation: shown.documentation,
    tags: shown.tags,
  };
}

/** The fork's variant of `Completions.getCompletionsAtPosition`, which takes a program for a host. */
export function completionsAtPosition(
  ...[, program, ...rest]: [host: unknown, program: ts.Program, ...rest: unknown[]]
): ts.CompletionInfo | undefined {
  const own = {
    getCompilationSettings: () => program.getCompilerOptions(),
    getCurrentDirectory: () => program.getCurrentDirectory(),
    useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
  };
  // What is on the disk, for names of modules.
  const host = Object.assign(Object.create(ts.sys) as ts.System, own);
  return internals.Completions.getCompletionsAtPosition(host, program, ...rest);
}

/** Makes a file know its names; a type checker does it for every file. */
export function bindNames(program: ts.Program, fileName: string): void {
  const file = program.getSourceFile(fileName);
  if (file !== undefined) bindFile(file, program.getCompilerOptions());
}

export function bindFile(file: ts.SourceFile, options: ts.CompilerOptions): void {
  internals.bindSourceFile(file, options);
}

/** Names that a file declares at its top level, of values and of types. */
export function localsOf(file: ts.SourceFile): ReadonlyMap<string, ts.Symbol> {
  const { locals } = file as unknown as { locals?: ReadonlyMap<string, ts.Symbol> };
  return locals ?? new Map<string, ts.Symbol>();
}

/** Errors of the parser alone; the program's own are behind `getSyntacticDiagnostics`. */
export function parseErrorsOf(file: ts.SourceFile): readonly ts.Diagnostic[] {
  const { parseDiagnostics } = file as unknown as { parseDiagnostics?: readonly ts.Diagnostic[] };
  return parseDiagnostics ?? [];
}

/** Parses a cell as the module that it is: elsewhere `await { a }` is a name and a block. */
export function parseCellFile(code: string, kind: 'ts' | 'tsx' = 'ts'): ts.SourceFile {
  const asModule = (file: ts.SourceFile): void => {
    (file as { externalModuleIndicator?: unknown }).externalModuleIndicator = true;
  };
  const options = { languageVersion: ts.ScriptTarget.Latest, setExternalModuleIndicator: asModule };
  return ts.createSourceFile(`cell.${kind}`, code, options, true);
}
