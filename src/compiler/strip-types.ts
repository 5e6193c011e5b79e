import ts from 'typescript';
import { toCellDiagnostic } from './diagnostics.js';
import type { CellDiagnostic } from './format-diagnostics.js';
import { openResources } from './open-resources.js';
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
  const { text, hasResult } = prepareSource(code);
  const { outputText, diagnostics = [] } = ts.transpileModule(text, {
    fileName: 'cell.ts',
    reportDiagnostics: true,
    transformers: { before: [openResources] },
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2023,
      inlineSourceMap: true,
      // An import that this cell does not use is for the next one.
      verbatimModuleSyntax: true,
    },
  });
  const { code: javascript, mappings } = splitInlineMap(outputText, 0);
  const found = diagnostics.filter(({ file }) => file !== undefined);
  return {
    javascript,
    hasResult,
    mappings,
    diagnostics: found.map((each) => toCellDiagnostic(each, code, 0)),
  };
}
