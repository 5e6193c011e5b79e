import {
  type FileDifference,
  importsOf,
  newResolutions,
  parsedLike,
  type PlacedFile,
  reachesOut,
  replaceFile,
  type Resolutions,
  resolutionsOf,
} from './program-internals.js';
import ts from './typescript.cjs';

/** Of the two files of a program that are others for each cell: their names, or their texts. */
export interface CellPair<T> {
  readonly cell: T;
  readonly declarations: T;
}

type Files = CellPair<PlacedFile>;

/** The checker keeps what it has found out about each cell; so many are enough. */
const maxCells = 64;

/**
 * A program, and the type checker that knows all its files, for one cell after another. TypeScript makes both anew
 * when a file changes: it looks at each of some 250 files and merges what they declare, which is most of the time
 * of a small cell. But the cell, and the declarations before it, are modules whose names reach no other file. So
 * they are exchanged in the program that is there, as long as they import what it has read already and add nothing
 * to what is global or another module's.
 *
 * Each cell gets a file name of its own, since the checker keeps errors by name; `plainName` takes it off.
 */
export class LivingProgram {
  readonly #program: ts.Program;
  /** What TypeScript made the program of; undefined when other files know of it. */
  readonly #original: Files | undefined;
  /** Where the imports lead that it followed. */
  readonly #known: Resolutions = newResolutions();
  #current: Files | undefined;
  #count = 0;

  constructor(program: ts.Program, names: CellPair<string>) {
    this.#program = program;
    const cell = program.getSourceFile(names.cell);
    const declarations = program.getSourceFile(names.declarations);
    if (cell === undefined || declarations === undefined) return;
    if (reachesOut(program, cell) || reachesOut(program, declarations)) return;
    this.#original = { cell: this.#placed(cell), declarations: this.#placed(declarations) };
    this.#current = this.#original;
  }

  /**
   * Makes it the program of other texts.
   *
   * @param kind - How the cell is parsed.
   * @returns Whether it is; otherwise it is as it was, and TypeScript has to make another one.
   */
  exchange(texts: CellPair<string>, kind: ts.ScriptKind): boolean {
    if (this.#original === undefined || this.#count === maxCells) return false;
    const fileName = ownName(this.#original.cell.file.fileName, this.#count + 1);
    const cell = this.#like(this.#original.cell, { text: texts.cell, kind, fileName });
    const declarations = this.#like(this.#original.declarations, { text: texts.declarations });
    if (cell === undefined || declarations === undefined) return false;
    this.#count += 1;
    this.#put({ cell, declarations });
    return true;
  }

  /** Leaves the program as TypeScript made it, which makes the next one of it. */
  restore(): void {
    if (this.#original !== undefined) this.#put(this.#original);
  }

  /** A file that TypeScript put into the program. */
  #placed(file: ts.SourceFile): PlacedFile {
    const resolutions = resolutionsOf(this.#program, file);
    resolutions?.forEach((resolution, name, mode) => {
      this.#known.set(name, mode, resolution);
    });
    return { file, resolutions };
  }

  /** A file that could have the place of one; undefined when others would know of it, or it imports something new. */
  #like({ file }: PlacedFile, difference: FileDifference): PlacedFile | undefined {
    const like = parsedLike(this.#program, file, difference);
    if (reachesOut(this.#program, like)) return undefined;
    const resolutions = newResolutions();
    for (const specifier of importsOf(like)) {
      const mode = ts.getModeForUsageLocation(like, specifier, this.#program.getCompilerOptions());
      const resolution = this.#known.get(specifier.text, mode);
      if (resolution === undefined) return undefined;
      resolutions.set(specifier.text, mode, resolution);
    }
    return { file: like, resolutions };
  }

  #put(files: Files): void {
    if (this.#current === undefined) return;
    replaceFile(this.#program, this.#current.cell, files.cell);
    replaceFile(this.#program, this.#current.declarations, files.declarations);
    this.#current = files;
  }
}

function ownName(cell: string, number: number): string {
  return cell.replace(/(?=\.tsx?$)/, `.${number}`);
}

/** The name of the cell's file, or of what is made of it, without what `LivingProgram` put into it. */
export function plainName(fileName: string): string {
  return fileName.replace(/\.\d+(?=(?:\.d)?\.[jt]sx?$)/, '');
}
