import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { parseCell } from '../../../src/magics/parse-cell.js';

const sources = ['src/magics', 'src/client', 'src/wire'].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8')),
);

/** Starts of lines between two statements, comments aside. */
function boundaries(text: string): number[] {
  const file = ts.createSourceFile('cell.ts', text, ts.ScriptTarget.Latest, true);
  const spans = file.statements.flatMap((statement) => [
    ...(ts.getLeadingCommentRanges(text, statement.pos) ?? []),
    { pos: statement.getStart(file), end: statement.end },
  ]);
  const isBetween = (offset: number): boolean =>
    spans.every(({ pos, end }) => offset <= pos || offset >= end);
  return file.getLineStarts().filter(isBetween);
}

test('between any two statements of real TypeScript a magic line is found, and the rest is kept', () => {
  let count = 0;
  for (const text of sources) {
    const offsets = boundaries(text);
    const pieces = [0, ...offsets].map((start, index) => text.slice(start, offsets[index]));
    const cell = pieces.join('%px magic\n');

    const magics = parseCell(cell).parts.filter(({ type }) => type === 'px');

    const lines = cell.split('\n').flatMap((line, index) => (line === '%px magic' ? [index] : []));
    expect(magics.map(({ code }) => code)).toEqual(
      lines.map((line) => `${'\n'.repeat(line)}    magic`),
    );
    expect(magics).toHaveLength(offsets.length);
    count += offsets.length;
  }
  expect(count).toBeGreaterThan(500);
}, 30_000);

test('real TypeScript without magics is one part, as it is', () => {
  for (const text of sources) {
    expect(parseCell(text).parts).toEqual([{ type: 'typescript', code: text, shift: 0 }]);
  }
});
