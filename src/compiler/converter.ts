import { basename, join } from 'node:path';
import ts from './typescript.cjs';
import { noDeclarations, type Declarations } from '../wire/cell.js';
import { ambientTexts, enginesModule, enginesText, type Side } from './ambient.js';
import { CellExports } from './cell-exports.js';
import { cellFile, CellFiles, declarationsFile } from './cell-files.js';
import { CellPrograms } from './cell-programs.js';
import { kindOf } from './completion-kinds.js';
import { replacedSpan, wordAt } from './completion-spans.js';
import { type CellSetting, cellOptions } from './compiler-options.js';
import { noteNames } from './declarations.js';
import { isNoise } from './diagnostics.js';
import { MissingModules } from './missing-modules.js';
import { type ProjectConfig, ProjectConfigFile } from './project-config.js';
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
      /** What the cell declares; undefined when a type of it cannot be written down. */
      readonly declared: string | undefined;
      /** What remains of the namespace before it. */
      readonly remaining: string;
    };

/** What the converter puts before the cell, to make it a module. */
const textBefore = 'export {};\n';

/** tslab's converter for one folder. It takes a second or two to make and serves both sides. */
export class CellConverter {
  readonly #cwd: string;
  readonly #ambientFile: string;
  readonly #enginesFile: string;
  readonly #files: CellFiles;
  readonly #missing: MissingModules;
  readonly #hooks: ConverterHooks;
  readonly #programs: CellPrograms;
  #converter: TslabConverter;
  readonly #projectFile: ProjectConfigFile;
  #typecheck: Typecheck = 'default';
  /** What the converter was made for. */
  #setting: CellSetting;
  #kind: CellKind = 'ts';
  readonly #exports = new CellExports();
  #base = noDeclarations;
  #isConverting = false;
  #isBroken = false;
  #diagnostics: ts.Diagnostic[] = [];
  #declared: string | undefined;
  #completions: ts.CompletionInfo | undefined;
  #onProgram: ((program: ts.Program) => void) | undefined;

  constructor(cwd: string) {
    this.#cwd = cwd;
    this.#ambientFile = join(cwd, '__pxlab__.d.ts');
    this.#enginesFile = join(cwd, `${enginesModule}.d.ts`);
    const texts = {
      [this.#ambientFile]: ambientTexts.notebook,
      [this.#enginesFile]: enginesText(noDeclarations),
    };
    this.#files = new CellFiles(texts, (text) => this.#cellText(text));
    this.#missing = new MissingModules(cwd);
    this.#projectFile = new ProjectConfigFile(cwd);
    this.#setting = { cwd, typecheck: 'default', project: this.#projectFile.read() };
    const cellFiles = [
      join(cwd, cellFile),
      join(cwd, declarationsFile),
      this.#ambientFile,
      this.#enginesFile,
    ] as const;
    this.#programs = new CellPrograms(cellFiles, {
      haveLocalFilesChanged: () => this.#files.haveChanged(),
      kind: () => this.#kind,
    });
    this.#hooks = {
      cwd,
      cellFiles,
      programs: this.#programs,
      kindOf: (fileName) => (basename(fileName) === cellFile ? this.#kind : 'ts'),
      options: (wanted) => cellOptions(wanted, this.#setting),
      system: (wanted) => this.#files.system(wanted),
      opened: (file) => {
        if (file.text === textBefore + this.#base.text) noteNames(this.#base, file);
      },
      declared: (text) => {
        this.#declared = text;
      },
      completed: (info) => {
        this.#completions = info;
      },
      diagnose: (program, files) => {
        this.#onProgram?.(program);
        this.#diagnostics = diagnose(program, files, this.#typecheck);
        return this.#diagnostics.filter((each) => !this.#isNoise(each));
      },
    };
    this.#converter = this.#create();
  }

  /** A cell with errors is looked at once more by a checker of its own, which suggests ten names and no more. */
  convert(code: string, context: CellContext): Converted {
    const converted = this.#convert(code, context);
    if (!('diagnostics' in converted) || !this.#programs.isShared) return converted;
    this.#programs.forget();
    return this.#convert(code, context);
  }

  #convert(code: string, context: CellContext): Converted {
    this.#diagnostics = [];
    this.#declared = undefined;
    const { output, declOutput = '' } = this.#ask(context, (converter) => {
      this.#isConverting = true;
      return converter.convert(context.base.text, code);
    });
    this.#missing.note(this.#diagnostics);
    if (output === undefined)
      return { diagnostics: this.#diagnostics.filter((each) => !this.#isNoise(each)) };
    const declared = this.#declared;
    // The converter glues it, or what it could not make, and what remains.
    return { output, declared, remaining: declOutput.slice(`${declared}`.length) };
  }

  complete(code: string, position: number, context: CellContext): Completions {
    const { start, end, candidates } = this.#ask(context, (converter) =>
      // At the end of a file TypeScript looks for names around it alone.
      converter.complete(context.base.text, `${code}\n`, position),
    );
    const info = this.#completions;
    this.#completions = undefined;
    const kinds = new Map(info?.entries.map(({ name, kind }) => [name, kindOf(kind)]));
    const named = candidates.map((name) => ({ name, kind: kinds.get(name) ?? '' }));
    // The converter knows what is replaced when that is a name.
    if (start < end) return { start, end, candidates: named };
    const replaced = replacedSpan(info, position, textBefore.length) ?? wordAt(code, position);
    const typed = code.slice(replaced.start, position).toLowerCase();
    const matching = named.filter(({ name }) => name.toLowerCase().startsWith(typed));
    return { ...replaced, candidates: matching };
  }

  inspect(code: string, position: number, context: CellContext): Inspection | undefined {
    const info = this.#ask(context, (converter) =>
      converter.inspect(context.base.text, code, position),
    );
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

  /** Has TypeScript begin anew with what comes next, when there is something to let go of. */
  renew(context: CellContext): void {
    if (!this.#programs.isLaden) return;
    this.#programs.forget();
    this.convert('', context);
  }

  close(): void {
    this.#converter.close();
  }

  /** Who asks for `noImplicitAny` by name wants to be told of it. */
  #isNoise(diagnostic: ts.Diagnostic): boolean {
    const { typecheck, project } = this.#setting;
    const isWanted = typecheck === 'default' && project.checks.noImplicitAny === true;
    return isNoise(diagnostic, isWanted);
  }

  /** The tsconfig.json of the folder, as it is now. */
  get project(): ProjectConfig {
    return this.#projectFile.read();
  }

  /** Whether the converter has to be made for other options. */
  #isSetAnew(): boolean {
    const { cwd, typecheck, project } = this.#setting;
    const next = { cwd, typecheck: optionsFor(this.#typecheck), project: this.project };
    this.#setting = next;
    return next.typecheck !== typecheck || next.project.version !== project.version;
  }

  #create(): TslabConverter {
    return loadTslab(this.#hooks).createConverter();
  }

  /** The cell as TypeScript reads it; what is looked into and not run, as it was typed. */
  #cellText(text: string): string {
    const whole = this.#isConverting ? this.#exports.added(text, this.#kind) : text;
    return this.#kind === 'tsx' ? withPragmas(whole) : whole;
  }

  /** What throws, as on code that is nested too deep for the stack, leaves its work half done: it begins anew. */
  #ask<T>(context: CellContext, call: (converter: TslabConverter) => T): T {
    this.#base = context.base;
    this.#enter(context);
    try {
      return call(this.#converter);
    } catch (error) {
      this.#isBroken = true;
      throw error;
    }
  }

  /** Puts the ambient names of this side, and the engines' variables, before the program. */
  #enter({ side, engines, typecheck, kind = 'ts' }: CellContext): void {
    loadTslab(this.#hooks);
    this.#programs.begin();
    this.#isConverting = false;
    this.#kind = kind;
    this.#typecheck = typecheck ?? this.#typecheck;
    if (this.#isSetAnew() || this.#missing.areThereNow() || this.#isBroken) {
      this.#converter.close();
      this.#converter = this.#create();
      this.#isBroken = false;
    }
    this.#files.refresh();
    this.#files.write(this.#ambientFile, ambientTexts[side]);
    if (engines !== undefined) this.#files.write(this.#enginesFile, enginesText(engines));
  }
}

/** What is not checked needs no other options. */
function optionsFor(typecheck: Typecheck): Typecheck {
  return typecheck === 'off' ? 'default' : typecheck;
}

/**
 * Pragmas count before the first statement, which is one of the converter's that makes the cell a module:
 * a comment of its length takes its place, since options make all cells modules.
 */
function withPragmas(text: string): string {
  return text.replace(textBefore.trimEnd(), '/*      */');
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
