import MagicString from 'magic-string';
import type { Draft, TransformOptions } from './draft.js';
import { checkAwaits } from './await-checks.js';
import { importedByExport, lowerImports } from './imports.js';
import { captureResult } from './last-expression.js';
import { rewriteReferences } from './references.js';
import { renameReserved } from './reserved-names.js';
import { mapOpeningCalls } from './opening-calls.js';
import { endStatements } from './semicolons.js';
import type { Mappings } from './source-maps.js';
import { readSyntax, type Syntax } from './syntax.js';
import { liftTopLevel } from './top-level.js';
import { Wraps } from './wraps.js';

export interface TransformedCell {
  readonly javascript: string;
  readonly names: readonly string[];
  readonly isAsync: boolean;
  /** From `javascript` to `code`. */
  readonly mappings: Mappings;
}

/**
 * ES module text → the function text of `src/wire/cell.ts`.
 *
 * @throws SyntaxError of acorn when `code` does not parse.
 */
export function transformCell(code: string, options: TransformOptions): TransformedCell {
  return transformSyntax(readSyntax(code), options);
}

/** The same for what is parsed already. */
export function transformSyntax(syntax: Syntax, options: TransformOptions): TransformedCell {
  const text = new MagicString(syntax.code);
  const draft: Draft = {
    syntax,
    text,
    wraps: new Wraps(),
    prologue: [],
    options,
    lifted: new Set(),
  };
  endStatements(draft);
  if (options.hasResult !== false) captureResult(draft);
  const names = [...liftTopLevel(draft), ...importedByExport(draft)];
  renameReserved(draft);
  rewriteReferences(draft);
  const imports = lowerImports(draft);
  const awaits = checkAwaits(draft);
  draft.wraps.apply(text);
  const isAsync = imports || awaits;
  if (awaits) draft.prologue.unshift('const __cell = __px.cell;');
  text.prepend(opening(isAsync, draft.prologue)).append('\n})');
  const { mappings } = text.generateDecodedMap({ hires: 'boundary' });
  const javascript = text.toString();
  return { javascript, names, isAsync, mappings: mapOpeningCalls(javascript, mappings) };
}

function opening(isAsync: boolean, prologue: readonly string[]): string {
  const head = `(${isAsync ? 'async ' : ''}function (exports, require, __px) { "use strict"; `;
  return head + prologue.map((statement) => `${statement} `).join('');
}
