import { expect, test } from 'vitest';
import { PxStatus } from '../../../src/px/px-status.js';
import { displaySymbol } from '../../../src/runtime/mime-bundle.js';

test('language and host stand at the left of their columns, numbers where the notebook puts them', () => {
  const engine = { id: 0, host: 'a&b', pid: 7, queued: 0, completed: 3 };
  const status = new PxStatus(
    { engines: [{ ...engine, language: 'typescript' }], deaths: [] },
    true,
  );

  const bundle = (status as unknown as Record<symbol, () => Record<string, string>>)[displaySymbol];

  const left = ' style="text-align:left"';
  expect(bundle?.()['text/html']).toContain(
    `<td>0</td><td${left}>typescript</td><td${left}>a&amp;b</td><td>7</td><td>0</td><td>3</td>`,
  );
  expect(bundle?.()['text/html']).toContain(`<th>engine</th><th${left}>language</th>`);
});
