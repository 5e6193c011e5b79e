import { isTypeScript, oneModule } from '../../compiler/one-module.js';
import { type CellPart, parseCell } from '../../magics/parse-cell.js';
import type { NotebookCell } from './notebook-cells.js';

/**
 * A TypeScript module that does what the notebook's own cells do, from the first to the last.
 *
 * - Names that are declared again are told apart (`x`, `x_2`).
 * - Lines for the shell run in it; other magics, cells for engines and cells that failed or do not parse
 *   are comments.
 * - `display` and `input` print and ask in the terminal; `px` and `comms` are of notebooks alone.
 */
export function scriptOf(cells: readonly NotebookCell[]): string {
  const pieces = cells.flatMap((cell) => piecesOf(cell));
  const code = pieces.filter((piece) => piece.isCode);
  const { cells: written, free } = oneModule(code.map(({ text }) => text));
  const texts = pieces.map((piece) =>
    piece.isCode ? (written[code.indexOf(piece)] ?? '').trim() : piece.text,
  );
  const helpers = Object.entries(notebookNames).filter(([name]) => free.has(name));
  const head = helpers.map(([, text]) => text).join('\n');
  const body = texts.filter((text) => text.trim() !== '');
  return `${[head, ...body, 'export {};'].filter((text) => text !== '').join('\n')}\n`;
}

/** TypeScript, or a comment and what else stays as it is. */
interface Piece {
  readonly text: string;
  readonly isCode: boolean;
}

function piecesOf(cell: NotebookCell): Piece[] {
  const { type, source, executionCount, isFailing } = cell;
  if (source.trim() === '') return [];
  if (type !== 'code') return [fixed(`\n${commented(source)}`)];
  const title = fixed(`\n// In [${executionCount ?? ' '}]:`);
  if (isFailing) return [title, fixed(commented(source))];
  return [title, ...codePieces(source)];
}

function codePieces(source: string): Piece[] {
  const parts = partsOf(source);
  if (parts === undefined) return [fixed(commented(source))];
  const pieces: Piece[] = [];
  let end = 0;
  for (const part of parts) {
    if (part.type !== 'typescript') continue;
    const start = part.shift + part.code.length - part.code.trimStart().length;
    pieces.push(...magicPieces(source.slice(end, start)), statement(part.code.trim()));
    end = part.shift + part.code.length;
  }
  return [...pieces, ...magicPieces(source.slice(end))];
}

/** Undefined for what only a notebook understands. */
function partsOf(source: string): readonly CellPart[] | undefined {
  if (/^\s*[\p{ID_Start}$_][\p{ID_Continue}$.]*\?{1,2}\s*$/u.test(source)) return undefined;
  try {
    const { parts } = parseCell(source);
    const isValid = parts.every((part) => part.type !== 'typescript' || isTypeScript(part.code));
    return isValid ? parts : undefined;
  } catch {
    return undefined;
  }
}

/** What begins like this could go on with the line before it. */
function statement(code: string): Piece {
  return {
    text: /^[([`+\-/*]/.test(code) && !/^\/[/*]/.test(code) ? `;${code}` : code,
    isCode: true,
  };
}

function magicPieces(text: string): Piece[] {
  if (text.trim() === '') return [];
  if (/^\s*(\/\/[^\S\n]*)?%%/.test(text)) return [fixed(commented(text.trim()))];
  const lines = text.trim().match(/[^\n]*(?:\\\n[^\n]*)*(?:\n|$)/g) ?? [];
  return lines.filter((line) => line.trim() !== '').map((line) => fixed(magicLine(line.trimEnd())));
}

function magicLine(line: string): string {
  const command = /^(?:!|%sh\s+)(.+)$/s.exec(line)?.[1];
  if (command === undefined) return commented(line);
  const text = JSON.stringify(command.trim());
  return `;(await import('node:child_process')).execSync(${text}, { stdio: 'inherit' });`;
}

function commented(text: string): string {
  const lines = text.split('\n').map((line) => (line.startsWith('// %%') ? line : `// ${line}`));
  return lines.map((line) => line.trimEnd()).join('\n');
}

function fixed(text: string): Piece {
  return { text, isCode: false };
}

/** Stand for what cells find without declaring it. */
const notebookNames: Readonly<Record<string, string>> = {
  display: 'const display: any = new Proxy(console.log, { get: () => console.log });',
  input:
    "const input = async (question = ''): Promise<string> => {\n" +
    "  const { createInterface } = await import('node:readline/promises');\n" +
    '  const terminal = createInterface({ input: process.stdin, output: process.stdout });\n' +
    '  try {\n    return await terminal.question(question);\n  } finally {\n    terminal.close();\n  }\n};',
  px: '// px is there in notebooks: a script uses Cluster and Client of the package pxlab.\ndeclare const px: any;',
  comms: '// comms is there in notebooks.\ndeclare const comms: any;',
};
