import { basename, join } from 'node:path';
import ts from 'typescript';
import { noDeclarations, type Declarations } from '../wire/cell.js';
import { ambientTexts, enginesModule, enginesText, type Side } from './ambient.js';
import { cellFile, CellFiles, declarationsFile } from './cell-files.js';
import { cellOptions } from './compiler-options.js';
import { isNoise } from './diagnostics.js';
import { MissingModules } from './missing-modules.js';
import type { Completions, Inspection, Typecheck, TypeTexts } from './protocol.js';
import type { CellKind } from './read-cell.js';
import { TypeWriter } from './type-writer.js';
import { loadTslab, type ConverterHooks, type TslabConverter } from './typescript-shim.js';

/** What a cell is compiled against. */
export interface CellContext {
  readonly side: Side;
  readonly base: Declarations;
  /** What the engines declare: gives `px.pull` its types in the notebook. */
  readonly engines?: Declarations | undefined;
  /** How the code is parsed. @defaultValue `ts` */
  readonly kind?: CellKind | undefined;
  /** @defaultValue as the call before */
  readonly typecheck?: Typecheck | undefined;
}

export type Converted =
  | { readonly diagnostics: readonly ts.Diagnostic[] }
  | {
      /** ES module text that ends with an inline source map. */
      readonly output: string;
      /** The namespace after the cell; undefined when a type of the cell cannot be written down. */
      readonly declarations: string | undefined;
      /** The namespace after the cell, without what the cell itself declares. */
      readonly remaining: string;
    };

/** tslab's converter for one folder. It takes a second or two to make and serves both sides. */
export class CellConverter {
  readonly #cwd: string;
  readonly #ambientFile: string;
  readonly #enginesFile: string;
  readonly #files: CellFiles;
  readonly #missing: MissingModules;
  readonly #hooks: ConverterHooks;
  #converter: TslabConverter;
  #typecheck: Typecheck = 'strict';
  /** What the converter was made for. */
  #isStrict = true;
  #kind: CellKind = 'ts';
  #diagnostics: ts.Diagnostic[] = [];
  #onProgram: ((program: ts.Program) => void) | undefined;

  constructor(cwd: string) {
    this.#cwd = cwd;
    this.#ambientFile = join(cwd, '__pxlab__.d.ts');
    this.#enginesFile = join(cwd, `${enginesModule}.d.ts`);
    const texts = {
      [this.#ambientFile]: ambientTexts.notebook,
      [this.#enginesFile]: enginesText(noDeclarations),
    };
    this.#files = new CellFiles(texts, (text) => (this.#kind === 'tsx' ? withPragmas(text) : text));
    this.#missing = new MissingModules(cwd);
    this.#hooks = {
      cwd,
      cellFiles: [cellFile, declarationsFile].map((name) => join(cwd, name)),
      kindOf: (fileName) => (basename(fileName) === cellFile ? this.#kind : 'ts'),
      rootFiles: [this.#ambientFile, this.#enginesFile],
      options: (wanted) => cellOptions(wanted, { cwd, isStrict: this.#isStrict }),
      system: (wanted) => this.#files.system(wanted),
      diagnose: (program, files) => {
        this.#onProgram?.(program);
        this.#diagnostics = diagnose(program, files, this.#typecheck);
        return this.#diagnostics.filter((each) => !isNoise(each));
      },
    };
    this.#converter = this.#create();
  }

  convert(code: string, context: CellContext): Converted {
    this.#enter(context);
    this.#diagnostics = [];
    const { output, declOutput = '' } = this.#converter.convert(context.base.text, code);
    this.#missing.note(this.#diagnostics);
    if (output === undefined)
      return { diagnostics: this.#diagnostics.filter((each) => !isNoise(each)) };
    // The converter glues what it could not make, `undefined`, and what remains.
    const isWritten = !declOutput.startsWith('undefined');
    const remaining = isWritten ? '' : declOutput.slice('undefined'.length);
    return { output, declarations: isWritten ? declOutput : undefined, remaining };
  }

  complete(code: string, position: number, context: CellContext): Completions {
    this.#enter(context);
    const { start, end, candidates } = this.#converter.complete(context.base.text, code, position);
    return { start, end, candidates };
  }

  inspect(code: string, position: number, context: CellContext): Inspection | undefined {
    this.#enter(context);
    const info = this.#converter.inspect(context.base.text, code, position);
    if (info === undefined) return undefined;
    const { start, length } = info.textSpan;
    const text = ts.displayPartsToString(info.displayParts);
    const documentation = ts.displayPartsToString(info.documentation);
    return { text, documentation, start, end: start + length };
  }

  /** Types of the namespace's variables, as texts that another namespace understands. */
  describe(names: readonly string[], context: CellContext): TypeTexts {
    const types: [name: string, type: string][] = [];
    this.#onProgram = (program) => {
      const file = program.getSourceFile(join(this.#cwd, declarationsFile));
      const writer = file && new TypeWriter(program, file);
      for (const name of names) {
        const type = writer?.typeOf(name);
        if (type !== undefined) types.push([name, type]);
      }
    };
    try {
      this.convert('', context);
    } finally {
      this.#onProgram = undefined;
    }
    return Object.fromEntries(types);
  }

  close(): void {
    this.#converter.close();
  }

  #create(): TslabConverter {
    return loadTslab(this.#hooks).createConverter();
  }

  /** Puts the ambient names of this side, and the engines' variables, before the program. */
  #enter({ side, engines, typecheck, kind = 'ts' }: CellContext): void {
    loadTslab(this.#hooks);
    this.#kind = kind;
    this.#typecheck = typecheck ?? this.#typecheck;
    const isStrict = this.#typecheck !== 'loose';
    if (isStrict !== this.#isStrict || this.#missing.areThereNow()) {
      this.#isStrict = isStrict;
      this.#converter.close();
      this.#converter = this.#create();
    }
    this.#files.refresh();
    this.#files.write(this.#ambientFile, ambientTexts[side]);
    if (engines !== undefined) this.#files.write(this.#enginesFile, enginesText(engines));
  }
}

/**
 * Pragmas count before the first statement, which is one of the converter's that makes the cell a module:
 * a comment of its length takes its place, since options make all cells modules.
 */
function withPragmas(text: string): string {
  return text.replace(/^export {};/, '/*      */');
}

/** Syntax errors alone when there are some: what follows from them helps nobody. */
function diagnose(
  program: ts.Program,
  files: readonly ts.SourceFile[],
  typecheck: Typecheck,
): ts.Diagnostic[] {
  const syntactic = files.flatMap((file) => [...program.getSyntacticDiagnostics(file)]);
  if (syntactic.length > 0 || typecheck === 'off') return syntactic;
  return files.flatMap((file) => [...program.getSemanticDiagnostics(file)]);
}
