/** A column of a {@link table}. */
export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => string;
  /** Its texts are shortened with … down to this width, before any column is left out. */
  readonly shrinkTo?: number;
  /** Where there is too little room, the column with the highest number is left out first. */
  readonly dispensable?: number;
  readonly isNumber?: boolean;
}

interface Layout<Row> {
  readonly columns: readonly Column<Row>[];
  readonly widths: readonly number[];
}

export interface TableOptions {
  /** Longest line. */
  readonly width: number;
  /** Applied to the head line. */
  readonly emphasize?: (text: string) => string;
}

const gap = 2;

/**
 * Rows in columns as wide as their longest cell, with a head line. What does not fit is shortened, then
 * columns are left out, then lines are cut.
 */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { width, emphasize = (text) => text }: TableOptions,
): string {
  const layout = layoutOf(columns, rows, width);
  const line = (cells: readonly string[]): string =>
    cut(cells.map((cell, index) => padded(cell, layout, index)).join(' '.repeat(gap)), width);
  const head = line(layout.columns.map((column) => column.head)).trimEnd();
  const body = rows.map((row) => line(layout.columns.map((column) => cellOf(column, row))));
  return [emphasize(head), ...body.map((text) => text.trimEnd())].join('\n');
}

/** `text`, or as much of it as fits with a … behind. */
function cut(text: string, width: number): string {
  const characters = Array.from(text);
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`;
}

function layoutOf<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
): Layout<Row> {
  const natural = columns.map((column) => naturalWidth(column, rows));
  const widths = shrunk(columns, natural, width);
  if (total(widths) <= width) return { columns, widths };
  const ranks = columns.map(({ dispensable = 0 }) => dispensable);
  const highest = Math.max(...ranks);
  if (highest === 0) return { columns, widths };
  const kept = columns.filter((_, index) => index !== ranks.indexOf(highest));
  return layoutOf(kept, rows, width);
}

/** Takes from the widest of the columns that can be shortened, until the line fits or none is left. */
function shrunk<Row>(
  columns: readonly Column<Row>[],
  natural: readonly number[],
  width: number,
): number[] {
  const widths = [...natural];
  for (let excess = total(widths) - width; excess > 0; excess--) {
    const spare = columns.map(({ shrinkTo = Infinity }, index) => {
      const own = widths[index] ?? 0;
      return own > shrinkTo ? own : 0;
    });
    const widest = spare.indexOf(Math.max(...spare));
    if ((spare[widest] ?? 0) === 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function naturalWidth<Row>(column: Column<Row>, rows: readonly Row[]): number {
  return Math.max(column.head.length, ...rows.map((row) => Array.from(cellOf(column, row)).length));
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + gap, -gap);
}

/** In one line, whatever a program has put into it. */
function cellOf<Row>({ cell }: Column<Row>, row: Row): string {
  return cell(row).replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}

function padded<Row>(cell: string, { columns, widths }: Layout<Row>, index: number): string {
  const width = widths[index] ?? 0;
  const text = cut(cell, width);
  const space = ' '.repeat(Math.max(0, width - Array.from(text).length));
  return columns[index]?.isNumber === true ? space + text : text + space;
}
