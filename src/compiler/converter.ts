import { join } from 'node:path';
import ts from 'typescript';
import type { Declarations } from '../wire/cell.js';
import { ambientText, enginesModule, moduleText, type Side } from './ambient.js';
import { CellFiles } from './cell-files.js';
import { cellOptions } from './compiler-options.js';
import { valueNames } from './declarations.js';
import { isNoise } from './diagnostics.js';
import { loadTslab, type TslabConverter } from './typescript-shim.js';

/** What a cell is compiled against. */
export interface CellContext {
  readonly side: Side;
  readonly base: Declarations;
  /** What the engines declare: gives `px.pull` its types in the notebook. */
  readonly engines?: Declarations | undefined;
}

export type Converted =
  | { readonly diagnostics: readonly ts.Diagnostic[] }
  | { readonly output: string; readonly declarations: string };

/** tslab's converter for one folder. It takes a second or two to make and serves both sides. */
export class CellConverter {
  readonly #files: CellFiles;
  readonly #converter: TslabConverter;
  readonly #ambientFile: string;
  readonly #enginesFile: string;
  #diagnostics: ts.Diagnostic[] = [];

  constructor(cwd: string) {
    this.#ambientFile = join(cwd, '__pxlab__.d.ts');
    this.#enginesFile = join(cwd, `${enginesModule}.d.ts`);
    this.#files = new CellFiles({
      [this.#ambientFile]: ambientText('notebook', []),
      [this.#enginesFile]: 'export {};\n',
    });
    const tslab = loadTslab({
      cwd,
      rootFiles: [this.#ambientFile, this.#enginesFile],
      options: (wanted) => cellOptions(wanted, cwd),
      system: (wanted) => this.#files.system(wanted),
      diagnose: (program, files) => (this.#diagnostics = diagnose(program, files)),
    });
    this.#converter = tslab.createConverter();
  }

  convert(code: string, context: CellContext): Converted {
    this.#enter(context);
    this.#diagnostics = [];
    const { output, declOutput } = this.#converter.convert(context.base.text, code);
    if (output === undefined) return { diagnostics: this.#diagnostics };
    return { output, declarations: declOutput ?? '' };
  }

  close(): void {
    this.#converter.close();
  }

  /** Puts the ambient names of this side, and the engines' variables, before the program. */
  #enter({ side, engines }: CellContext): void {
    const names = engines === undefined ? [] : valueNames(engines);
    this.#files.refresh();
    this.#files.write(this.#ambientFile, ambientText(side, names));
    if (engines !== undefined) this.#files.write(this.#enginesFile, moduleText(engines, names));
  }
}

/** Syntax errors alone when there are some: what follows from them helps nobody. */
function diagnose(program: ts.Program, files: readonly ts.SourceFile[]): ts.Diagnostic[] {
  const syntactic = files.flatMap((file) => [...program.getSyntacticDiagnostics(file)]);
  if (syntactic.length > 0) return syntactic;
  const semantic = files.flatMap((file) => [...program.getSemanticDiagnostics(file)]);
  return semantic.filter((diagnostic) => !isNoise(diagnostic));
}
