import { escapeHtml } from '../base/html.js';
import type { MimeBundle } from '../wire/contents.js';

/** One line of what engines came to: `Out[0-3:1]:` and a text. */
export interface Row {
  readonly label: string;
  readonly text: string;
  /** Its first line belongs beside the label: that of a stack. @defaultValue false */
  readonly isStack?: boolean;
}

/**
 * Rows as text and as a table. Both are bounded, whatever the engines sent; the table needs neither style nor
 * script, so that it reads well where a sanitizer removes them.
 */
export function tableBundle(rows: readonly Row[]): MimeBundle {
  const limit = Math.max(shortestCut, Math.floor(charactersShown / Math.max(1, rows.length)));
  const shown = rows.slice(0, rowsShown).map((row) => ({ ...row, text: clipped(row.text, limit) }));
  const rest = rows.length - shown.length;
  const note = rest === 0 ? undefined : `… ${rest} more: px.last()!.outputs holds them.`;
  return { 'text/plain': plainOf(shown, note), 'text/html': htmlOf(shown, note) };
}

function plainOf(rows: readonly Row[], note: string | undefined): string {
  return [...rows.map(labelled), ...(note === undefined ? [] : [note])].join('\n');
}

/** `Out[3:1]: 42`; a text of several lines starts on a line of its own. */
function labelled({ label, text, isStack = false }: Row): string {
  return label + (text.includes('\n') && !isStack ? '\n' : ' ') + text;
}

function htmlOf(rows: readonly Row[], note: string | undefined): string {
  const [open, closed] = [rows.slice(0, rowsOpen), rows.slice(rowsOpen)];
  const more =
    closed.length === 0
      ? ''
      : `<details><summary>${closed.length} more</summary>${table(closed)}</details>`;
  return table(open) + more + (note === undefined ? '' : `<p>${escapeHtml(note)}</p>`);
}

function table(rows: readonly Row[]): string {
  const body = rows.map(
    ({ label, text }) =>
      `<tr>${cell(`<code>${escapeHtml(label)}</code>`)}${cell(content(text))}</tr>`,
  );
  return `<table><tbody>${body.join('\n')}</tbody></table>`;
}

/** Notebooks align cells to the right, as fits numbers; the style is lost on GitHub, which does not. */
function cell(html: string): string {
  return `<td style="text-align:left;vertical-align:top">${html}</td>`;
}

/** A long text is folded below its beginning. */
function content(text: string): string {
  const plain = withoutColors(text);
  const lines = plain.split('\n');
  const whole = `<pre>${escapeHtml(plain)}</pre>`;
  if (lines.length <= linesOpen) return whole;
  const head = plain.trim().replace(/\s+/g, ' ').slice(0, headLength);
  return `<details><summary><code>${escapeHtml(head)}</code> … ${lines.length} lines</summary>${whole}</details>`;
}

function clipped(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit)}\n… ${text.length - limit} more characters.`;
}

/** Escape sequences of terminals mean nothing in HTML; Python's stacks have them. */
function withoutColors(text: string): string {
  return text.replace(/\u001b\[[\d;]*m/g, '');
}

const rowsShown = 500;
const rowsOpen = 20;
const linesOpen = 15;
const headLength = 80;
const charactersShown = 400_000;
const shortestCut = 2000;
