import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runPxcluster } from '../support/jupyterlab.js';
import type { LabPage } from '../support/lab-page.js';
import { isMissing, openNotebook, sharedLab } from './stage.js';

describe.skipIf(isMissing)('shared clusters in the panel', () => {
  let lab: LabPage;

  beforeAll(async () => {
    const { env } = sharedLab();
    await runPxcluster(env, 'start', '--cluster-id', 'first', '-n', '1', '--ipc-only', '--detach');
    await runPxcluster(env, 'start', '--cluster-id', 'second', '-n', '1', '--ipc-only', '--detach');
    lab = await openNotebook('clusters.ipynb', [
      `%%px\nconsole.log('<img src=x onerror="document.title = 1"><b>bold</b>')`,
    ]);
    await lab.openPanel();
  });

  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
    await runPxcluster(sharedLab().env, 'stop', '--all');
  });

  test('are listed, and one is taken', async () => {
    const others = lab.panel.getByRole('region', { name: 'Other clusters' });
    await others.getByText('first').waitFor();
    await others.getByRole('button', { name: 'Connect to cluster second' }).click();

    await lab.panel.getByRole('heading', { name: 'Cluster second shared' }).waitFor();
    await lab.engineCount(1);
    await expect(others.getByText('second').count()).resolves.toBe(0);
  });

  test('show what was printed as text, whatever it looks like', async () => {
    await lab.runCell(0);

    const output = lab.engine(0).locator('.pxlab-output');
    await output.getByText('<b>bold</b>').waitFor();
    await expect(output.locator('img, b').count()).resolves.toBe(0);
  });

  test('are stopped only when that is agreed, and the panel says that it is gone', async () => {
    await lab.panel.getByRole('button', { name: 'Stop…' }).click();
    const dialog = lab.page.getByRole('dialog');
    await dialog.getByText('Stop the shared cluster “second”?').waitFor();
    await dialog.getByRole('button', { name: 'Stop' }).click();

    await lab.panel.getByRole('heading', { name: 'Cluster first shared' }).waitFor();
  });

  test('can be worked with from the command palette, with the panel closed', async () => {
    await lab.command('application:toggle-right-area');
    await lab.panel.waitFor({ state: 'hidden' });

    await lab.command('apputils:activate-command-palette');
    await lab.page.locator('.lm-CommandPalette-input').fill('Add an Engine');
    await lab.page.keyboard.press('Enter');

    await lab.engineCount(2);
    await expect(lab.panel.isVisible()).resolves.toBe(true);
  });

  test('that are gone leave nothing to ask for: the panel says what could not be done', async () => {
    await runPxcluster(sharedLab().env, 'stop', '--cluster-id', 'first');
    await lab.panel.getByText('No engines run yet').waitFor();

    await lab.command('pxlab:interrupt-engines');

    await lab.notice('There is no cluster. Start one first.');
  });
});
