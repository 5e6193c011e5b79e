import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LabPage } from '../support/lab-page.js';
import { isMissing, openNotebook } from './stage.js';

/** `PXLAB_PICTURES=DIR` keeps what each test saw, to be looked at. */
const pictures = process.env['PXLAB_PICTURES'];

const reference = readFileSync(
  fileURLToPath(new URL('../../docs/reference/cells.md', import.meta.url)),
  'utf8',
);
const widgetExample = /## Comms and widgets\n[^]*?```ts\n([^]*?)```/.exec(reference)?.[1] ?? '';

const cells = [
  `/** Mean of some numbers. */
function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}
const planets = [
  { name: 'Mercury', radius: 2440, moons: 0 },
  { name: 'Earth', radius: 6371, moons: 1 },
  { name: 'Mars', radius: 3390, moons: 2 },
];`,
  'planets.at(0)!.',
  'meanOf',
  `const radii = planets.map((planet) => planet.radius);
const tooMany = planets.map((planet) => planet.orbits);`,
  `function farthest(): never {
  throw new RangeError('no orbit known', { cause: new Error('the table has none') });
}
farthest();`,
  'planets',
  `display.vegalite({
  data: { values: planets },
  mark: 'bar',
  encoding: {
    x: { field: 'radius', type: 'quantitative' },
    y: { field: 'name', type: 'nominal' },
  },
});`,
  widgetExample,
];
const [declare, complete, tooltip, typeError, thrown, table, chart, widget] = [
  0, 1, 2, 3, 4, 5, 6, 7,
] as const;

describe.skipIf(isMissing)('a notebook in the page', () => {
  let lab: LabPage;

  beforeAll(async () => {
    lab = await openNotebook('notebook.ipynb', cells, { width: 1240, height: 900 });
    await lab.command('application:toggle-left-area');
    await lab.runCell(declare);
  });

  afterAll(() => lab[Symbol.asyncDispose]());

  async function seen(name: string, index: number): Promise<void> {
    if (pictures === undefined) return;
    await cellOf(index).scrollIntoViewIfNeeded();
    await mkdir(pictures, { recursive: true });
    await lab.page.screenshot({ path: join(pictures, `${name}.png`) });
  }

  const cellOf = (index: number) => lab.page.locator('.jp-CodeCell').nth(index);

  /** The cursor at the end of a cell, as a click and `End` leave it. */
  async function edit(index: number): Promise<void> {
    await cellOf(index).locator('.cm-content').click();
    await lab.page.keyboard.press('Control+End');
  }

  test('completion lists the members of an expression, with their kinds and types', async () => {
    await edit(complete);
    await lab.page.keyboard.press('Tab');
    const list = lab.page.locator('.jp-Completer:visible');

    await list.getByText('radius', { exact: true }).waitFor();
    const items = await list.locator('.jp-Completer-item').allTextContents();
    await seen('completion', complete);

    const names = items.map((item) => /(moons|name|radius)\s*property$/.exec(item.trim())?.[1]);
    expect(names).toEqual(['moons', 'name', 'radius']);
    await lab.page.keyboard.press('Escape');
  });

  test('the tooltip shows a type and what its documentation says', async () => {
    await edit(tooltip);
    await lab.page.keyboard.press('Shift+Tab');
    const tip = lab.page.locator('.jp-Tooltip');

    await tip.getByText('Mean of some numbers.').waitFor();
    await seen('tooltip', tooltip);

    expect(await tip.textContent()).toContain('meanOf(numbers: readonly number[]): number');
    await lab.page.keyboard.press('Escape');
  });

  test('a type error points into the line of the cell', async () => {
    const [error] = await lab.runCell(typeError);
    await seen('type-error', typeError);

    expect(error).toMatchObject({ output_type: 'error' });
    const shown = await cellOf(typeError).locator('.jp-OutputArea-output').textContent();
    expect(shown).toMatch(/Cell \[\d+\]:2:48/);
    expect(shown).toContain('const tooMany = planets.map((planet) => planet.orbits);');
  });

  test('an error shows its place in the cell, and its cause', async () => {
    await lab.runCell(thrown);
    await seen('error', thrown);

    const shown = await cellOf(thrown).locator('.jp-OutputArea-output').textContent();
    expect(shown).toContain('RangeError: no orbit known');
    expect(shown).toMatch(/farthest.*Cell \[\d+\]:2:9/);
    expect(shown).toContain('the table has none');
    expect(shown).not.toContain('node_modules');
  });

  test('an array of objects is a table', async () => {
    await lab.runCell(table);
    const rows = cellOf(table).locator('.jp-OutputArea-output table tr');
    await rows.nth(3).waitFor();
    await seen('table', table);

    expect(await rows.nth(0).textContent()).toMatch(/name\s*radius\s*moons/);
    expect(await rows.nth(2).textContent()).toMatch(/Earth\s*6371\s*1/);
  });

  test('a chart is drawn', async () => {
    await lab.runCell(chart);
    const drawing = cellOf(chart).locator(
      '.jp-OutputArea-output canvas, .jp-OutputArea-output svg.marks',
    );
    await drawing.first().waitFor();
    await seen('chart', chart);

    const box = await drawing.first().boundingBox();
    expect(box?.width).toBeGreaterThan(100);
  });

  test('a slider that is moved tells the cell, whose output follows', async () => {
    await lab.runCell(widget);
    const handle = cellOf(widget).locator('.noUi-handle');
    await handle.waitFor();
    await lab.cellSays(widget, 'move it');

    await handle.focus();
    for (let press = 0; press < 3; press++) await lab.page.keyboard.press('ArrowRight');
    await lab.cellSays(widget, 'n is 10');
    await seen('slider', widget);

    await expect(cellOf(widget).locator('.widget-readout').textContent()).resolves.toBe('10');
  });
});
