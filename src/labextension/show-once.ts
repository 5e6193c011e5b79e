import type { ILabShell, JupyterFrontEnd } from '@jupyterlab/application';
import type { IStateDB } from '@jupyterlab/statedb';
import type { PanelSession } from './panel-session.js';

interface ShowOnceParts {
  readonly app: JupyterFrontEnd;
  readonly shell: ILabShell;
  readonly session: PanelSession;
  /** What JupyterLab keeps of the workspace. */
  readonly memory: IStateDB;
  readonly panelId: string;
}

const key = 'pxlab:panel-was-shown';
/** Of the window; in smaller ones the notebook needs the room. */
const leastWidth = 1000;

/** Opens the panel beside the first notebook of ours in a workspace; from then on the user decides. */
export function showOnce(parts: ShowOnceParts): void {
  const { session } = parts;
  let isOver = false;
  const look = (): void => {
    if (isOver || !session.hasOurKernel) return;
    isOver = true;
    session.changed.disconnect(look);
    void show(parts); // a workspace that cannot be read or written shows the panel each time
  };
  session.changed.connect(look);
}

async function show({ app, shell, memory, panelId }: ShowOnceParts): Promise<void> {
  await app.restored;
  const wasShown = await memory.fetch(key).catch(() => undefined);
  if (wasShown === true || window.innerWidth < leastWidth) return;
  shell.activateById(panelId);
  await memory.save(key, true).catch(() => undefined);
}
