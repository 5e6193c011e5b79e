import type { MimeBundle } from '../wire/contents.js';
import { inspectValue } from './inspect-value.js';

export interface TableOptions {
  /** @defaultValue 50 */
  readonly maxRows?: number;
  /** @defaultValue 20 */
  readonly maxColumns?: number;
}

/** Rows that are looked at to find out whether an array is a table. */
const rowsLookedAt = 100;

/** An array of plain objects, and of nothing else, reads better as a table. */
export function isTable(value: unknown): value is readonly object[] {
  if (!Array.isArray(value) || value.length === 0) return false;
  const rows: readonly unknown[] = Array.from(value.slice(0, rowsLookedAt)); // holes are no rows
  return rows.every(isPlainRow);
}

function isPlainRow(row: unknown): boolean {
  if (!isRecord(row)) return false;
  const prototype: unknown = Object.getPrototypeOf(row);
  const isPlain = prototype === Object.prototype || prototype === null;
  // A getter is the user's code: what shows a value on its own runs none.
  return isPlain && Object.values(Object.getOwnPropertyDescriptors(row)).every(isValue);
}

function isValue(descriptor: PropertyDescriptor): boolean {
  return 'value' in descriptor && typeof descriptor.value !== 'function';
}

/** The table of {@link tableBundle} in HTML alone. */
export function tableHtml(rows: readonly object[]): MimeBundle[string] {
  return tableBundle(rows)['text/html'];
}

/** Rows, which are objects or arrays, as a table in HTML and in text; what was cut is said. */
export function tableBundle(rows: unknown, options: TableOptions = {}): MimeBundle {
  const { maxRows = 50, maxColumns = 20 } = options;
  const all = rowsOf(rows);
  const shown = all.slice(0, maxRows);
  const columns = columnsOf(shown);
  const heads = columns.slice(0, maxColumns);
  const cells = shown.map((row) => heads.map((head) => cellText(row, head)));
  const cut = [
    ...(all.length > shown.length ? [`${all.length - shown.length} more rows`] : []),
    ...(columns.length > heads.length ? [`${columns.length - heads.length} more columns`] : []),
  ].join(', ');
  const areTexts = heads.map((head) => shown.some((row) => isText(row, head)));
  return {
    'text/html': html({ heads, areTexts }, cells, cut),
    'text/plain': plain(heads, cells, cut),
  };
}

function rowsOf(rows: unknown): unknown[] {
  if (Array.isArray(rows)) return rows;
  const isIterable = typeof rows === 'object' && rows !== null && Symbol.iterator in rows;
  return isIterable ? [...(rows as Iterable<unknown>)] : [rows];
}

function columnsOf(rows: readonly unknown[]): string[] {
  const columns = new Set<string>();
  for (const row of rows) {
    for (const key of isRecord(row) ? Object.keys(row) : ['value']) columns.add(key);
  }
  return [...columns];
}

function cellText(row: unknown, column: string): string {
  if (!isRecord(row)) return column === 'value' ? text(row) : '';
  return Object.hasOwn(row, column) ? text(row[column]) : '';
}

function isText(row: unknown, column: string): boolean {
  return typeof (isRecord(row) ? row[column] : row) === 'string';
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : inspectValue(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Notebooks put everything at the right, as numbers are. */
function html(
  { heads, areTexts }: { heads: readonly string[]; areTexts: readonly boolean[] },
  rows: readonly string[][],
  cut: string,
): string {
  const line = (tag: string, cells: readonly string[]): string => {
    const tags = cells.map((cell, column) => {
      const style = areTexts[column] === true ? ' style="text-align:left"' : '';
      return `<${tag}${style}>${escaped(cell)}</${tag}>`;
    });
    return `<tr>${tags.join('')}</tr>`;
  };
  const body = rows.map((row) => line('td', row)).join('');
  const note = cut === '' ? '' : `<p>… ${escaped(cut)}</p>`;
  return `<table><thead>${line('th', heads)}</thead><tbody>${body}</tbody></table>${note}`;
}

function plain(heads: readonly string[], rows: readonly string[][], cut: string): string {
  const lines = [heads, ...rows].map((cells) => cells.map((cell) => cell.replaceAll('\n', ' ')));
  const widths = heads.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  const texts = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [...texts, ...(cut === '' ? [] : [`… ${cut}`])].join('\n');
}

function escaped(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
