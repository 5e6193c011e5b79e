import { type CellFileNames, LivingProgram } from './living-program.js';
import type { CellKind } from './read-cell.js';
import ts from './typescript.cjs';

/** Of so many cells, what a program knows is not worth to be forgotten. */
const fewCells = 8;

const scriptKinds: Readonly<Record<CellKind, ts.ScriptKind>> = {
  ts: ts.ScriptKind.TS,
  tsx: ts.ScriptKind.TSX,
};

interface CellProgramsOptions {
  /** True, once, when a local file is another one than before. */
  readonly haveLocalFilesChanged: () => boolean;
  /** How the cell is parsed. */
  readonly kind: () => CellKind;
}

/** Tells for each call of the converter whether the program that is there will do, or TypeScript has to make another one. */
export class CellPrograms {
  readonly #names: CellFileNames;
  readonly #options: CellProgramsOptions;
  #living: LivingProgram | undefined;
  /** What the program is of; undefined when the converter has taken it apart. */
  #texts: readonly string[] | undefined;
  #isStale = false;

  constructor(names: CellFileNames, options: CellProgramsOptions) {
    this.#names = names;
    this.#options = options;
  }

  /** To be called before each call of the converter, which takes apart the declarations that it is given. */
  begin(): void {
    this.#texts = undefined;
  }

  /** A program that TypeScript made. */
  adopt(program: ts.Program): void {
    this.#living = new LivingProgram(program, this.#names);
    this.#isStale = false;
  }

  /** Has TypeScript make the next program. */
  forget(): void {
    this.#isStale = true;
  }

  /** Whether the program has served more than the cell that it was made for. */
  get isShared(): boolean {
    return (this.#living?.count ?? 0) > 0;
  }

  /** Whether there is something to let go of. */
  get isLaden(): boolean {
    return (this.#living?.count ?? 0) > fewCells;
  }

  /**
   * Brings the program up to date.
   *
   * @returns Whether it is; otherwise TypeScript has to make the next one of it.
   */
  update(read: (name: string) => string | undefined): boolean {
    const texts = this.#names.map((name) => read(name) ?? '');
    const isSame = texts.every((text, at) => text === this.#texts?.[at]);
    this.#texts = texts;
    const kind = scriptKinds[this.#options.kind()];
    const isSound = !this.#options.haveLocalFilesChanged() && !this.#isStale;
    if (isSound && (isSame || this.#living?.exchange(texts, kind))) return true;
    this.#living?.restore();
    return false;
  }
}
