import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin,
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IStateDB } from '@jupyterlab/statedb';
import { addCommands } from './commands.js';
import { PanelSession } from './panel-session.js';
import { PanelWidget } from './panel-widget.js';
import { showOnce } from './show-once.js';

type Services = [
  ILabShell,
  INotebookTracker,
  ICommandPalette | null,
  ILayoutRestorer | null,
  IStateDB | null,
];

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'pxlab:panel',
  description: 'The engines of the current notebook, live.',
  autoStart: true,
  requires: [ILabShell, INotebookTracker],
  optional: [ICommandPalette, ILayoutRestorer, IStateDB],
  activate: (app: JupyterFrontEnd, ...[shell, notebooks, palette, restorer, memory]: Services) => {
    const session = new PanelSession();
    const panel = new PanelWidget(session);
    const follow = (): void => session.follow(notebooks.currentWidget?.sessionContext ?? null);
    notebooks.currentChanged.connect(follow);
    follow();
    // A page that goes away says so, so that its kernel need not tell it anything any more.
    window.addEventListener('pagehide', () => session.setWanted(false));
    window.addEventListener('pageshow', () => session.setWanted(panel.isVisible));
    shell.add(panel, 'right', { rank: 700, type: 'Engines' });
    restorer?.add(panel, panel.id);
    if (memory !== null) showOnce({ app, shell, session, memory, panelId: panel.id });
    addCommands({ app, shell, session, palette, panelId: panel.id });
  },
};

export default plugin;
