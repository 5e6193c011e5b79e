import type { CompiledCell, Declarations } from '../wire/cell.js';
import { ambientNames, type Side } from './ambient.js';
import { transformCell, type TransformedCell } from './cell-transform.js';
import { CellConverter } from './converter.js';
import { declarationsOf, valueNames } from './declarations.js';
import { toCellDiagnostic } from './diagnostics.js';
import type { CellDiagnostic } from './format-diagnostics.js';
import { composeMappings, sourceMapText, splitInlineMap } from './source-maps.js';
import { withoutModifiers } from './source-preparation.js';

export interface CompileRequest {
  readonly side: Side;
  /** Name of the cell in stacks and messages: `Cell [3]`. */
  readonly name: string;
  readonly code: string;
  /** What the namespace declares before the cell. */
  readonly base: Declarations;
  readonly resolveFrom: string;
  /** What the notebook declares: for the message about a name that lives there. */
  readonly notebook?: Declarations;
  /** What the engines declare: for the types of `px.pull`, and the same message. */
  readonly engines?: Declarations;
}

export type CompileResult =
  | { readonly ok: true; readonly cell: CompiledCell; readonly next: Declarations }
  | { readonly ok: false; readonly diagnostics: readonly CellDiagnostic[] };

/** The compiler without its thread. */
export class CellCompiler {
  readonly #converter: CellConverter;

  constructor(cwd: string) {
    this.#converter = new CellConverter(cwd);
  }

  compile(request: CompileRequest): CompileResult {
    const { code, base, resolveFrom } = request;
    const converted = this.#converter.convert(withoutModifiers(code), request);
    if ('diagnostics' in converted) {
      const diagnostics = converted.diagnostics.map((each) => toCellDiagnostic(each, code));
      return { ok: false, diagnostics };
    }
    const { code: module, mappings } = splitInlineMap(converted.output);
    const earlier = new Set(valueNames(base));
    const transformed = transformCell(module, {
      declares: 'exported',
      free: (name) => (earlier.has(name) || ambientNames.has(name) ? 'exports' : 'outside'),
      resolveFrom,
    });
    const composed = composeMappings(transformed.mappings, mappings, 1);
    const sourceMap = sourceMapText(request.name, code, composed);
    const next = declarationsOf(converted.declarations);
    return { ok: true, cell: toCell(request, transformed, sourceMap), next };
  }

  close(): void {
    this.#converter.close();
  }
}

function toCell(
  { name, resolveFrom }: CompileRequest,
  { javascript, names, isAsync }: TransformedCell,
  sourceMap: string,
): CompiledCell {
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
