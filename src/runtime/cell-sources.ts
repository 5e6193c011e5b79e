import { SourceMap } from 'node:module';

/** Where something is in a cell as it was typed; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

interface CellSource {
  readonly lines: readonly string[];
  readonly size: number;
  /** JSON, parsed at the first error. */
  sourceMapText: string;
  sourceMap?: SourceMap;
  readonly id: string;
}

/**
 * What the cells looked like, for the messages of errors. Bounded: the oldest cells are forgotten,
 * and errors in their functions then name line and column of the compiled code.
 */
export class CellSources {
  readonly #cells = new Map<string, CellSource>();
  readonly #limit: number;
  #size = 0;

  constructor(limitCharacters: number = 4 * 1024 * 1024) {
    this.#limit = limitCharacters;
  }

  add(cell: { name: string; source: string; sourceMap: string; id: string }): void {
    this.#forget(cell.name);
    const size = cell.source.length + cell.sourceMap.length;
    this.#cells.set(cell.name, {
      lines: cell.source.split('\n'),
      size,
      sourceMapText: cell.sourceMap,
      id: cell.id,
    });
    this.#size += size;
    for (const name of this.#cells.keys()) {
      if (this.#size <= this.#limit || name === cell.name) return;
      this.#forget(name);
    }
  }

  has(name: string): boolean {
    return this.#cells.has(name);
  }

  /** The request that ran the cell of this name. */
  idOf(name: string): string | undefined {
    return this.#cells.get(name)?.id;
  }

  /** A cell as it was added, for another thread's sources; undefined for what is no cell. */
  find(name: string): { name: string; source: string; sourceMap: string } | undefined {
    const cell = this.#cells.get(name);
    if (cell === undefined) return undefined;
    return { name, source: cell.lines.join('\n'), sourceMap: cell.sourceMapText };
  }

  line(name: string, line: number): string | undefined {
    return this.#cells.get(name)?.lines[line - 1];
  }

  /** From compiled code to the cell as typed; undefined for code that no line stands for. */
  original(name: string, compiled: Position): Position | undefined {
    const cell = this.#cells.get(name);
    if (cell === undefined) return undefined;
    if (cell.sourceMapText === '') return compiled.line <= cell.lines.length ? compiled : undefined;
    cell.sourceMap ??= new SourceMap(JSON.parse(cell.sourceMapText) as never);
    const entry = cell.sourceMap.findEntry(compiled.line - 1, compiled.column - 1);
    if (!('originalLine' in entry)) return undefined;
    return { line: entry.originalLine + 1, column: entry.originalColumn + 1 };
  }

  clear(): void {
    this.#cells.clear();
    this.#size = 0;
  }

  #forget(name: string): void {
    this.#size -= this.#cells.get(name)?.size ?? 0;
    this.#cells.delete(name);
  }
}
