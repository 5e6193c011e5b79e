import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LabPage } from '../support/lab-page.js';
import { isMissing, openNotebook } from './stage.js';

const cells = [
  'const here = 1; here',
  '%%px\nconsole.log(`engine ${px.rank} turns`);\nlet turns = 0;\nfor (;;) turns++;',
  "(await px.pull('turns')).every((count) => count > 1000)",
  "console.log('spins');\nfor (;;);",
];
const [plain, spinEngines, readTurns, spinNotebook] = [0, 1, 2, 3] as const;

describe.skipIf(isMissing)('the panel', () => {
  let lab: LabPage;

  beforeAll(async () => {
    lab = await openNotebook('panel.ipynb', cells);
  });

  afterAll(() => lab[Symbol.asyncDispose]());

  test('opens by itself beside the first notebook of a workspace', () => lab.live());

  test('starts engines and lists each with its place and numbers', async () => {
    await expect(lab.panel.getByText('No engines run yet').isVisible()).resolves.toBe(true);

    await lab.panel.getByRole('spinbutton', { name: 'Number of engines' }).fill('2');
    await lab.panel.getByRole('button', { name: 'Start engines' }).click();
    await lab.engineCount(2);

    expect(await lab.engine(0).textContent()).toMatch(/^0 idle.*pid \d+ · /);
    await lab.panel.getByText('2 engines, idle').waitFor();
    await lab
      .engine(0)
      .getByText(/^\d+ MB$/)
      .waitFor();
    await lab
      .engine(0)
      .getByText(/^\d+ %$/)
      .waitFor();
  });

  test('adds engines', async () => {
    await lab.panel.getByRole('button', { name: 'Add', exact: true }).click();

    await lab.engineCount(3);
  });

  test('shows what engines run and printed, and interrupts them while the cell runs', async () => {
    const interruptOne = lab.panel.getByRole('button', { name: 'Interrupt engine 1' });
    await interruptOne.focus();
    const { done } = lab.startCell(spinEngines);
    await lab.engine(2).getByText('busy').waitFor();
    await lab.engine(1).getByText('engine 1 turns').waitFor();
    expect(await lab.engine(1).textContent()).toMatch(/Cell \[1\]\d+ s/);

    await lab.panel.getByRole('button', { name: 'Interrupt all' }).click();
    await done;

    await expect(lab.text(spinEngines)).resolves.toContain('CompositeError: All 3 engines failed.');
    await lab.notice('Interrupted engines 0, 1 and 2; variables are kept.');
    await lab.runCell(readTurns);
    await expect(lab.text(readTurns)).resolves.toBe('true');
  });

  test('interrupts one engine and leaves the others', async () => {
    const { done } = lab.startCell(spinEngines);
    await lab.engine(0).getByText('busy').waitFor();

    await lab.panel.getByRole('button', { name: 'Interrupt engine 1' }).click();

    await lab.engine(1).getByText('idle').waitFor();
    await expect(lab.engine(0).getByText('busy').isVisible()).resolves.toBe(true);
    await lab.panel.getByRole('button', { name: 'Interrupt all' }).click();
    await done;
  });

  test('restarts one engine once that is agreed: it comes back under a new number', async () => {
    await lab.panel.getByRole('button', { name: 'Restart engine 1' }).press('Enter');
    await lab.page.getByRole('dialog').getByRole('button', { name: 'Restart' }).click();

    await lab.engine(3).getByText('idle').waitFor();
    await lab.engine(1).waitFor({ state: 'detached' });
    await lab.engineCount(3);
  });

  test('tells the death of an engine, and how it died', async () => {
    process.kill(await lab.enginePid(2), 'SIGKILL');

    await lab.notice('Engine 2 was killed by SIGKILL.');
    expect(await lab.engine(2).textContent()).toMatch(/^2 dead.*killed by SIGKILL at /);
    await lab.engineCount(2);
    await lab.panel.getByRole('button', { name: /^Dismiss: Engine 2/ }).click();
    await lab.panel.getByText('Engine 2 was killed by SIGKILL.').waitFor({ state: 'detached' });
  });

  test('lives while the notebook itself spins', async () => {
    const { done } = lab.startCell(spinNotebook);
    await lab.cellSays(spinNotebook, 'spins');

    await lab.panel.getByRole('button', { name: 'Add', exact: true }).click();
    await lab.engineCount(3);
    await lab.command('notebook:interrupt-kernel');
    await done;

    await lab.runCell(plain);
    await expect(lab.text(plain)).resolves.toBe('1');
  });

  test('stops one engine, and the cluster, once that is agreed', async () => {
    await lab.panel.getByRole('button', { name: 'Stop engine 0' }).click();
    await lab.page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click();
    await lab.engineCount(2);

    await lab.panel.getByRole('button', { name: 'Stop…' }).click();
    await lab.page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await lab.engineCount(2);

    await lab.panel.getByRole('button', { name: 'Stop…' }).click();
    await lab.page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click();
    await lab.panel.getByText('No engines run yet').waitFor();
  });

  test('stays closed where it was closed', async () => {
    await lab.command('application:toggle-right-area');
    await expect
      .poll(() => lab.workspace(), { timeout: 20_000 })
      .toMatch(/"right":\{"collapsed":true/);

    await lab.reload();

    await expect(lab.panel.isVisible()).resolves.toBe(false);
  });
});
