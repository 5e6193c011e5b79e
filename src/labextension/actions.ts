import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { PanelSession } from './panel-session.js';
import { counted, nameOf } from './wording.js';

/** Stops the cluster that is shown. What loses variables is asked for twice. */
export async function stopCluster(session: PanelSession): Promise<void> {
  const cluster = session.view.state?.cluster;
  if (cluster === undefined || cluster === null) {
    session.ask({ type: 'stop' });
    return;
  }
  const engines = counted(cluster.engines.length, 'engine');
  const isAgreed =
    cluster.ownership === 'own'
      ? await agree('Stop the cluster?', `It ends with ${engines} and all their variables.`, 'Stop')
      : await agree(
          `Stop the shared cluster “${nameOf(cluster)}”?`,
          `It ends with ${engines} and all their variables, for every notebook and program that uses it.`,
          'Stop',
        );
  if (isAgreed) session.ask({ type: 'stop' });
}

export async function restartEngine(session: PanelSession, engineId: number): Promise<void> {
  const text =
    'What it runs is given up, and its variables are lost. It comes back under a new number.';
  if (await agree(`Restart engine ${engineId}?`, text, 'Restart')) {
    session.ask({ type: 'restart-engine', engineId });
  }
}

export async function stopEngine(session: PanelSession, engineId: number): Promise<void> {
  const text = 'What it runs is given up, and its variables are lost. The other engines go on.';
  if (await agree(`Stop engine ${engineId}?`, text, 'Stop')) {
    session.ask({ type: 'stop-engine', engineId });
  }
}

async function agree(title: string, body: string, accept: string): Promise<boolean> {
  const buttons = [Dialog.cancelButton(), Dialog.warnButton({ label: accept })];
  const { button } = await showDialog({ title, body, buttons });
  return button.accept;
}
