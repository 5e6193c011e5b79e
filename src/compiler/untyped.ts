import { ParallelError } from '../base/errors.js';
import type { CompiledCell } from '../wire/cell.js';
import { transformCell, transformSyntax, type TransformedCell } from './cell-transform.js';
import type { TransformOptions } from './draft.js';
import { formatDiagnostics, type CellDiagnostic } from './format-diagnostics.js';
import { isGlobalName } from './global-names.js';
import { composeMappings, sourceMapText, type Mappings } from './source-maps.js';
import { isParseError, parseDiagnostic } from './parse-errors.js';
import { readSyntax, type Syntax } from './syntax.js';
import { readsAsTypeArguments } from './type-arguments.js';

export interface UntypedRequest {
  /** Name of the cell in stacks and messages. */
  readonly name: string;
  readonly code: string;
  readonly resolveFrom: string;
}

/**
 * Compiles a cell without looking at its types, as scripts and engines need it: nobody here knows what
 * the namespace holds, so a name that the cell does not declare is looked up when it runs.
 *
 * JavaScript never loads TypeScript; a cell with types does, for the syntax alone.
 *
 * @throws ParallelError of code `COMPILE` with line, column and a caret when the cell does not parse.
 */
export async function compileUntyped(request: UntypedRequest): Promise<CompiledCell> {
  return compileJavaScript(request) ?? (await compileTypeScript(request));
}

/** The same at once; undefined for what is no JavaScript, which {@link compileUntyped} takes. */
export function compileJavaScript(request: UntypedRequest): CompiledCell | undefined {
  const syntax = tryRead(request.code);
  if (syntax === undefined || readsAsTypeArguments(syntax)) return undefined;
  const transformed = transformSyntax(syntax, { ...optionsFor(request), declares: () => true });
  return toCell(request, transformed, transformed.mappings);
}

/** Undefined when `code` is no JavaScript: it may be TypeScript, whose errors are the better ones. */
function tryRead(code: string): Syntax | undefined {
  try {
    return readSyntax(code);
  } catch (error) {
    if (isParseError(error)) return undefined;
    throw error;
  }
}

async function compileTypeScript(request: UntypedRequest): Promise<CompiledCell> {
  const { name, code } = request;
  const { stripTypes } = await import('./strip-types.js');
  const { javascript, hasResult, mappings, diagnostics } = stripTypes(code);
  if (diagnostics.length > 0) throw syntaxError(name, diagnostics);
  try {
    // What TypeScript adds (helpers, temporary variables) stays inside the cell.
    const declares = (each: string): boolean => code.includes(each);
    const options = { ...optionsFor(request), declares, hasResult };
    const transformed = transformCell(javascript, options);
    return toCell(request, transformed, composeMappings(transformed.mappings, mappings));
  } catch (error) {
    if (!isParseError(error)) throw error;
    throw syntaxError(name, [parseDiagnostic(error, code, mappings)]);
  }
}

function optionsFor({ resolveFrom }: UntypedRequest): Omit<TransformOptions, 'declares'> {
  return { free: (name) => (isGlobalName(name) ? 'outside' : 'unknown'), resolveFrom };
}

function syntaxError(name: string, diagnostics: readonly CellDiagnostic[]): ParallelError {
  return new ParallelError('COMPILE', formatDiagnostics(name, diagnostics));
}

function toCell(
  { name, code, resolveFrom }: UntypedRequest,
  { javascript, names, isAsync }: TransformedCell,
  mappings: Mappings,
): CompiledCell {
  const sourceMap = sourceMapText(code, mappings);
  return {
    format: 1,
    language: 'typescript',
    name,
    javascript,
    sourceMap,
    isAsync,
    names,
    resolveFrom,
  };
}
