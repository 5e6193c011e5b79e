import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { failuresDocument } from '../../support/told.js';

const tests = fileURLToPath(new URL('../..', import.meta.url));

/** Titles of the sections whose sentences tests compare with what was printed, once for each comparison. */
function comparedTitles(): string[] {
  const files = readdirSync(tests, { recursive: true, encoding: 'utf8' });
  const sources = files.filter((file) => /^(integration|interop)\/.*\.test\.ts$/.test(file));
  return sources.flatMap((file) => {
    const text = readFileSync(join(tests, file), 'utf8');
    return [...text.matchAll(/expectTold\(\s*'([^']+)'/g)].map(([, title = '']) => title);
  });
}

test('each sentence that failures.md quotes is compared with what a run prints', () => {
  const compared = comparedTitles();
  const missing = [...failuresDocument()].filter(
    ([title, quotes]) => quotes.length > compared.filter((each) => each === title).length,
  );

  expect(missing).toEqual([]);
  expect(compared.length).toBeGreaterThan(10);
});
