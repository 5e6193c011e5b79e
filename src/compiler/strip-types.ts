import ts from './typescript.cjs';
import { toCellDiagnostic } from './diagnostics.js';
import type { CellDiagnostic } from './format-diagnostics.js';
import { openResources } from './open-resources.js';
import { readCell, unknownJsxSentence } from './read-cell.js';
import { prepareSource } from './source-preparation.js';
import { splitInlineMap, type Mappings } from './source-maps.js';

export interface Stripped {
  readonly javascript: string;
  readonly hasResult: boolean;
  /** From `javascript` to the cell. */
  readonly mappings: Mappings;
  /** What keeps the cell from being parsed. */
  readonly diagnostics: readonly CellDiagnostic[];
}

/** TypeScript → JavaScript for its syntax alone. */
export function stripTypes(code: string): Stripped {
  const { file, isUnknownJsx } = readCell(code, false);
  const { text, hasResult } = prepareSource(file);
  const { outputText, diagnostics = [] } = ts.transpileModule(text, {
    fileName: file.fileName,
    reportDiagnostics: true,
    transformers: { before: [openResources] },
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2024,
      inlineSourceMap: true,
      jsx: ts.JsxEmit.React,
      // An import that this cell does not use is for the next one.
      verbatimModuleSyntax: true,
    },
  });
  const { code: javascript, mappings } = splitInlineMap(outputText, 0);
  const found = diagnostics.filter(({ file }) => file !== undefined);
  const read = found.map((each) => toCellDiagnostic(each, code, 0));
  return {
    javascript,
    hasResult,
    mappings,
    diagnostics: isUnknownJsx
      ? read.slice(0, 1).map((first) => ({ ...first, message: unknownJsxSentence }))
      : read,
  };
}
