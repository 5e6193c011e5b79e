import { type CompiledCell, noDeclarations, type Declarations } from '../wire/cell.js';
import { ambientNames } from './ambient.js';
import { transformCell, type TransformedCell } from './cell-transform.js';
import { type CellContext, CellConverter } from './converter.js';
import { declareTypes, declarationsAfter } from './declaring.js';
import { forgetParsed, valueNames } from './declarations.js';
import type { CellDiagnostic } from './format-diagnostics.js';
import type {
  CompileAnswer,
  CompileRequest,
  CompileResult,
  Completions,
  DeclareRequest,
  DescribeRequest,
  Inspection,
  PositionRequest,
  TypeTexts,
} from './protocol.js';
import { isParseError, parseDiagnostic } from './parse-errors.js';
import { describeProject, ProjectNotes } from './project-notes.js';
import { type ReadCell, readCell } from './read-cell.js';
import { Recent } from './recent.js';
import { isTooDeep, linesBefore, refused, refusedAsTooDeep } from './refusals.js';
import { composeMappings, sourceMapText, splitInlineMap, type Mappings } from './source-maps.js';
import { prepareSource } from './source-preparation.js';

/** A cell before it has a name. */
interface Compiled {
  readonly cell: Omit<CompiledCell, 'name'>;
  readonly next: Declarations;
}

/** The compiler without its thread. */
export class CellCompiler {
  readonly #converter: CellConverter;
  readonly #compiled: Recent<Compiled> = new Recent(32);
  readonly #notes = new ProjectNotes();
  /** What the next cell is likely to be compiled against. */
  #next: CellContext = { side: 'notebook', base: noDeclarations };

  constructor(cwd: string) {
    this.#converter = new CellConverter(cwd);
  }

  /** Has the types looked at that a cell may wait for. */
  warm(): void {
    this.#converter.convert('[px, display, console.log]', this.#next);
  }

  /** Lets go of what was found out about earlier cells; for a moment in which nobody waits. */
  renew(): void {
    this.#converter.renew(this.#next);
    forgetParsed();
  }

  /** A cell with errors is an answer, not an exception. */
  compile(request: CompileRequest): CompileAnswer {
    const result = this.#compileOrRefuse(request);
    const note = this.#notes.next(this.#converter.project);
    return note === undefined ? result : { ...result, note };
  }

  #compileOrRefuse(request: CompileRequest): CompileResult {
    try {
      return this.#compile(request);
    } catch (error) {
      if (isTooDeep(error)) return refusedAsTooDeep(request);
      throw error;
    }
  }

  #compile(request: CompileRequest): CompileResult {
    const { project } = this.#converter;
    const key = keyOf(request, project.version);
    const importsFile = Object.keys(project.paths).length > 0 ? importsAny : importsLocal;
    const known = importsFile.test(request.code) ? undefined : this.#compiled.get(key);
    if (known !== undefined) return finished(request, known);
    const cell = this.#read(request.code);
    const { text, hasResult } = prepareSource(cell.file);
    const converted = this.#converter.convert(text, { ...request, kind: cell.kind });
    if ('diagnostics' in converted) return refused(request, converted.diagnostics, cell);
    const { code, mappings } = splitInlineMap(converted.output, linesBefore);
    const transformed = transform(request, { code, mappings, hasResult });
    if (!('names' in transformed)) return { ok: false, diagnostics: [transformed] };
    const compiled = {
      cell: compiledCell(request, transformed, mappings),
      next: declarationsAfter(this.#converter, request, { converted, names: transformed.names }),
    };
    this.#compiled.set(key, compiled);
    this.#next = { side: request.side, base: compiled.next };
    return finished(request, compiled);
  }

  complete({ code, position, ...context }: PositionRequest): Completions {
    const { kind } = this.#read(code);
    return this.#converter.complete(code, position, { ...context, kind });
  }

  inspect({ code, position, ...context }: PositionRequest): Inspection | undefined {
    const { kind } = this.#read(code);
    return this.#converter.inspect(code, position, { ...context, kind });
  }

  /** Types of variables as texts, for another namespace to declare them. */
  describe({ names, ...context }: DescribeRequest): TypeTexts {
    return this.#converter.describe(names, { side: 'notebook', ...context });
  }

  /** A namespace that gained variables of the given types; `any` where a type means nothing there. */
  declare({ base, types }: DeclareRequest): Declarations {
    return declareTypes(this.#converter, base, types);
  }

  /** What is known of the tsconfig.json of the folder. */
  describeProject(): string {
    return describeProject(this.#converter.project);
  }

  #read(code: string): ReadCell {
    return readCell(code, this.#converter.project.jsx.jsx !== undefined);
  }

  close(): void {
    this.#converter.close();
  }
}

interface Module {
  readonly code: string;
  /** From `code` to the cell as typed. */
  readonly mappings: Mappings;
  readonly hasResult: boolean;
}

/** The cell's function, or why what TypeScript accepted is no JavaScript after all. */
function transform(
  { base, code, resolveFrom }: CompileRequest,
  module: Module,
): TransformedCell | CellDiagnostic {
  const earlier = new Set(valueNames(base));
  const free = (name: string): 'exports' | 'outside' =>
    earlier.has(name) || ambientNames.has(name) ? 'exports' : 'outside';
  try {
    const { hasResult } = module;
    return transformCell(module.code, { declares: 'exported', hasResult, free, resolveFrom });
  } catch (error) {
    if (!isParseError(error) || isTooDeep(error)) throw error;
    return parseDiagnostic(error, code, module.mappings);
  }
}

/** A cell that imports a local file may get other types the next time. */
const importsLocal = /\b(?:from|import)\s*\(?\s*["']\.{0,2}\//;
/** Every name may be that of a local file where tsconfig.json has `paths`. */
const importsAny = /\b(?:from|import)\s*\(?\s*["']/;

/** What the outcome depends on. */
function keyOf(request: CompileRequest, project: string): string {
  const { side, code, base, resolveFrom, engines, typecheck } = request;
  const versions = [base.version, engines?.version, project];
  return JSON.stringify([side, code, versions, resolveFrom, typecheck]);
}

/** @param mappings - From what was transformed to the cell as typed. */
function compiledCell(
  { code, resolveFrom }: CompileRequest,
  transformed: TransformedCell,
  mappings: Mappings,
): Compiled['cell'] {
  const { javascript, names, isAsync } = transformed;
  const sourceMap = sourceMapText(code, composeMappings(transformed.mappings, mappings));
  const fixed = { format: 1, language: 'typescript' } as const;
  return { ...fixed, javascript, sourceMap, isAsync, names, resolveFrom };
}

function finished({ name }: CompileRequest, { cell, next }: Compiled): CompileResult {
  return { ok: true, cell: { ...cell, name }, next };
}
