import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../lib/base/clock.js';
import { type CellOutput, type LabPage, openPage } from '../support/lab-page.js';
import { isMissing, sharedContext, sharedLab } from './stage.js';

/** What a cell of the example says must be seen of it; `npm run demo` reads the same. */
interface Expected {
  readonly expect: readonly string[];
  readonly error?: boolean;
  /** Stop is pressed once all four engines have printed this. */
  readonly stopAfter?: string;
}

interface Cell {
  readonly cell_type: 'code' | 'markdown';
  readonly source: readonly string[];
  readonly metadata: { readonly pxlab?: Expected };
}

const example = new URL('../../examples/quickstart.ipynb', import.meta.url);
const text = await readFile(example, 'utf8');
const { cells } = JSON.parse(text) as { cells: readonly Cell[] };
const codeCells = cells.flatMap(({ cell_type: type, source, metadata }, index) =>
  type === 'code' ? [{ index, title: source[0]?.trim() ?? '', ...metadata.pxlab }] : [],
);

describe.skipIf(isMissing)('the example, in the page, from the first cell to the last', () => {
  let lab: LabPage;

  beforeAll(async () => {
    const server = sharedLab();
    await writeFile(join(server.notebooks, 'quickstart.ipynb'), text);
    lab = await openPage(await sharedContext(), server, { notebook: 'quickstart.ipynb' });
  });

  afterAll(() => lab[Symbol.asyncDispose]());

  test.each(codeCells)('cell $index: $title', async ({ index, expect: expected = [], ...cell }) => {
    const { done } = lab.startCell(index);
    if (cell.stopAfter !== undefined) await stopAfter(lab, index, cell.stopAfter);
    await done;

    const outputs = await lab.outputs(index);
    const seen = everything(outputs);
    for (const pattern of expected) expect(seen).toMatch(new RegExp(pattern));
    expect(outputs.some(({ output_type: type }) => type === 'error')).toBe(cell.error ?? false);
  });
});

async function stopAfter(lab: LabPage, index: number, word: string): Promise<void> {
  const count = async (): Promise<number> => (await lab.text(index)).split(`] ${word}`).length - 1;
  expect(await until(async () => (await count()) === 4, { timeoutMs: 30_000 })).toBe(true);
  await lab.command('notebook:interrupt-kernel');
}

/** All forms of all outputs. */
function everything(outputs: readonly CellOutput[]): string {
  return outputs
    .flatMap(({ text: printed = '', data = {}, ename = '', evalue = '', traceback = [] }) => [
      printed,
      ...Object.values(data),
      `${ename}: ${evalue}`,
      ...traceback,
    ])
    .join('\n');
}
