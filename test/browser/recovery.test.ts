import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startJupyterLab, writeNotebook } from '../support/jupyterlab.js';
import { openPage } from '../support/lab-page.js';
import { isMissing, openNotebook, sharedContext, sharedLab } from './stage.js';

describe.skipIf(isMissing)('the panel finds its kernel again', () => {
  test('after a restart, with the engines that outlived it', async () => {
    await using lab = await openNotebook('restart.ipynb', ['await px.start({ n: 2 })', '1']);
    await lab.openPanel();
    await lab.runCell(0);
    await lab.engineCount(2);
    const pid = await lab.enginePid(1);

    await Promise.all([lab.linkSays('The kernel is restarting…'), lab.restartKernel()]);
    await lab.live();

    await lab.engineCount(2);
    await expect(lab.enginePid(1)).resolves.toBe(pid);
    await lab.panel.getByRole('button', { name: 'Add', exact: true }).click();
    await lab.engineCount(3);
  });

  test('after it was killed and the server has started another', async () => {
    await using lab = await openNotebook('killed.ipynb', ['process.pid']);
    await lab.openPanel();
    await lab.runCell(0);
    const pid = Number(await lab.text(0));

    const isTold = lab.linkSays('The kernel is restarting…');
    process.kill(pid, 'SIGKILL');
    await isTold;
    await lab.live();

    await lab.kernelReady();
    await lab.runCell(0);
    expect(Number(await lab.text(0))).not.toBe(pid);
  });

  test('after the connection of the page was lost', async () => {
    await using lab = await openNotebook('lost.ipynb', ['await px.start({ n: 1 })'], {
      canDisconnect: true,
    });
    await lab.openPanel();
    await lab.runCell(0);
    await lab.engineCount(1);

    // A network that fails: JupyterLab tries again by itself.
    await Promise.all([
      lab.linkSays('The connection to the kernel is lost. Trying again…'),
      lab.disconnect(4000),
    ]);
    await lab.live();

    // A server that says good-bye: JupyterLab does not.
    await lab.disconnect(1001);
    await lab.linkSays('The connection to the kernel is lost.');
    await lab.panel.getByRole('button', { name: 'Try again' }).click();
    await lab.live();

    await lab.panel.getByRole('button', { name: 'Add', exact: true }).click();
    await lab.engineCount(2);
  });

  test('after the notebook had a kernel of another kind, and says which one it needs', async () => {
    await using lab = await openNotebook('kinds.ipynb', ['1']);
    await lab.openPanel();

    await lab.changeKernel('python3');
    await lab.linkSays('Engines belong to notebooks with the kernel “TypeScript (pxlab)”.');
    await expect(lab.panel.getByRole('button').count()).resolves.toBe(0);

    await lab.changeKernel('pxlab');
    await lab.live();
    await lab.panel.getByText('No engines run yet').waitFor();
  });
});

describe.skipIf(isMissing)('several pages', () => {
  test('show one cluster, and one of them can go', async () => {
    await using lab = await openNotebook('tabs.ipynb', ['await px.start({ n: 1 })']);
    await lab.openPanel();
    const second = await lab.secondTab();
    await second.openPanel();

    await lab.runCell(0);
    await Promise.all([lab.engineCount(1), second.engineCount(1)]);
    await second.panel.getByRole('button', { name: 'Add', exact: true }).click();
    await Promise.all([lab.engineCount(2), second.engineCount(2)]);
    await second.page.close();

    await lab.panel.getByRole('button', { name: 'Stop engine 0' }).click();
    await lab.page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click();
    await lab.engineCount(1);
  });

  test('that are opened again in the middle of a run find its outputs and results', async () => {
    const gate = join(sharedLab().folder, 'gate');
    await writeFile(gate, '');
    await using lab = await openNotebook('again.ipynb', [
      'await px.start({ n: 2 });',
      `%%px
import { existsSync } from 'node:fs';
console.log('begins');
while (existsSync('${gate}')) await new Promise((resolve) => setTimeout(resolve, 20));
console.log('ends');
px.rank + 40`,
      '%pxresult',
    ]);
    await lab.openPanel();
    await lab.runCell(0);
    lab.startCell(1);
    await lab.cellSays(1, '[stdout:1] begins');

    await lab.reload();
    await lab.openPanel();
    await lab.engine(1).getByText('busy').waitFor();
    await rm(gate);
    await lab.engine(1).getByText('idle').waitFor();

    await lab.runCell(2);
    const found = await lab.text(2);
    expect(found).toContain('[stdout:0] begins');
    expect(found).toContain('[stdout:1] ends');
    expect(found).toContain('Out[1:1]: 41');
  });
});

describe.skipIf(isMissing)('a server behind a path', () => {
  test('has the panel and the engines too', async () => {
    const server = await startJupyterLab({ baseUrl: '/x/y/' });
    try {
      await writeNotebook(server, 'path.ipynb', ['%%px -t 0\nconsole.log("here")']);
      await using lab = await openPage(await sharedContext(), server, { notebook: 'path.ipynb' });
      expect(new URL(lab.page.url()).pathname).toMatch(/^\/x\/y\/lab\//);
      await lab.openPanel();

      await lab.runCell(0);

      await expect(lab.text(0)).resolves.toContain('[stdout:0] here');
      await lab.engine(0).getByText('here').waitFor();
    } finally {
      expect(await server.close()).toEqual([]);
    }
  });
});
