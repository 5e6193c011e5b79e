import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { isMissing, openNotebook } from './stage.js';

const picture = fileURLToPath(new URL('../../docs/images/notebook.png', import.meta.url));
const isAsked = process.env['PXLAB_PICTURE'] === '1';

/** `PXLAB_PICTURE=1 npx vitest run picture` writes the README's picture, which so is never stale. */
test.runIf(isAsked && !isMissing)('the picture of the README shows what is there', async () => {
  await using lab = await openNotebook('pi.ipynb', cells, { width: 1240, height: 720 });
  await lab.command('application:toggle-left-area');
  await lab.openPanel();
  for (const index of [0, 1, 2]) await lab.runCell(index);

  const { done } = lab.startCell(3);
  for (const id of [0, 1, 2, 3]) await lab.engine(id).getByText('sweep 2').waitFor();
  await lab.page.evaluate('document.activeElement?.blur()');
  await mkdir(dirname(picture), { recursive: true });
  await lab.page.screenshot({ path: picture });

  await lab.panel.getByRole('button', { name: 'Interrupt all' }).click();
  await done;
  expect(await lab.text(2)).toContain('π ≈ 3.14');
});

const cells = [
  'await px.start({ n: 4 });',
  `%%px
const darts = 2_000_000;
let hits = 0;
for (let dart = 0; dart < darts; dart++) {
  if (Math.hypot(Math.random(), Math.random()) < 1) hits++;
}
console.log(\`engine \${px.rank} of \${px.size}: \${hits} hits\`);`,
  `const hits = await px.pull('hits');
const pi = (4 * hits.reduce((sum, each) => sum + each)) / 8_000_000;
\`π ≈ \${pi.toFixed(3)}\``,
  `%%px
const grid = Float64Array.from({ length: 4_000_000 }, () => px.rank);
for (let sweep = 1; sweep <= 500; sweep++) {
  for (let i = 0; i < 2e7; i++) grid[i % grid.length] += Math.sin(i);
  console.log(\`sweep \${sweep} of 500, mean \${(grid[0] / sweep).toFixed(4)}\`);
}`,
];
