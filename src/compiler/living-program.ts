import { basename } from 'node:path';
import { cellFile } from './cell-files.js';
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

/** The cell, what was declared before it, and what both see beside that. A file names none of those before it. */
export type CellFileNames = readonly [cell: string, declarations: string, ...others: string[]];

/** The checker keeps what it has found out about each cell; so many are enough. */
const maxCells = 64;

/**
 * A program, and the type checker that knows all its files, for one cell after another. TypeScript makes both anew
 * when a file changes: it looks at each of some 250 files and merges what they declare, which is most of the time
 * of a small cell. But the cell, and what is declared before it, are modules that no other file names. So they are
 * exchanged in the program that is there, as long as they import what it has read already and add nothing to what is
 * global or another module's.
 *
 * What the checker has found out about nodes, symbols and types is as good for the next cell; but a union of literals
 * is shown in the order in which the checker has met them.
 *
 * Each cell gets a file name of its own, since the checker keeps errors by name; `plainName` takes it off.
 */
export class LivingProgram {
  readonly #program: ts.Program;
  /** What TypeScript made the program of; empty when other files know of it. */
  readonly #original: readonly PlacedFile[];
  /** Where the imports lead that TypeScript followed. */
  readonly #known: Resolutions = newResolutions();
  #current: readonly PlacedFile[];
  #count = 0;

  constructor(program: ts.Program, names: CellFileNames) {
    this.#program = program;
    const files = names.map((name) => program.getSourceFile(name));
    const present = files.filter((file) => file !== undefined);
    const isClosed = !present.some((file) => reachesOut(program, file));
    this.#original =
      isClosed && present.length === names.length ? present.map((file) => this.#placed(file)) : [];
    this.#current = this.#original;
  }

  /** Cells that it has served beside the one that it was made for. */
  get count(): number {
    return this.#count;
  }

  /**
   * Makes it the program of other texts.
   *
   * @param texts - In the order of the names.
   * @param kind - How the cell is parsed.
   * @returns Whether it is; otherwise it is as it was, and TypeScript has to make another one.
   */
  exchange(texts: readonly string[], kind: ts.ScriptKind): boolean {
    if (this.#original.length !== texts.length || this.#count === maxCells) return false;
    // The converter takes the declarations apart; of the others, what is the same is kept with what it names.
    const kept = 1 + texts.findLastIndex((text, at) => at < 2 || text !== this.#textAt(at));
    const next = this.#original.map(({ file }, at) => {
      const text = texts[at] ?? '';
      if (at === 0) return this.#like(file, { text, kind, fileName: this.#nextName(file) });
      return at < kept ? this.#like(file, { text }) : this.#current[at];
    });
    if (!next.every((placed) => placed !== undefined)) return false;
    this.#count += 1;
    this.#put(next);
    return true;
  }

  /** Leaves the program as TypeScript made it, which makes the next one of it. */
  restore(): void {
    this.#put(this.#original);
  }

  #textAt(index: number): string | undefined {
    return this.#current[index]?.file.text;
  }

  #nextName({ fileName }: ts.SourceFile): string {
    return fileName.replace(/(?=\.ts$)/, `.${this.#count + 1}`);
  }

  /** A file that TypeScript put into the program. */
  #placed(file: ts.SourceFile): PlacedFile {
    const resolutions = resolutionsOf(this.#program, file);
    resolutions?.forEach((resolution, name, mode) => {
      this.#known.set(name, mode, resolution);
    });
    return { file, resolutions };
  }

  /** A file that can take the place of one; undefined when others would know of it, or it imports something new. */
  #like(file: ts.SourceFile, difference: FileDifference): PlacedFile | undefined {
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

  #put(files: readonly PlacedFile[]): void {
    for (const [at, file] of files.entries()) {
      const before = this.#current[at];
      if (before !== undefined && before !== file) replaceFile(this.#program, before, file);
    }
    this.#current = files;
  }
}

/** In `__tslab__.17.ts`, `__tslab__.17.js` and `__tslab__.17.d.ts`. */
const ownPart = new RegExp(`(?<=/${basename(cellFile, '.ts')})\\.\\d+(?=\\.\\w+(?:\\.\\w+)?$)`);

/** The name of the cell's file, or of what is made of it, without what `LivingProgram` put into it. */
export function plainName(fileName: string): string {
  return fileName.replace(ownPart, '');
}
