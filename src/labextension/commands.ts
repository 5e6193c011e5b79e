import type { ILabShell, JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { PanelCommand } from '../wire/panel-messages.js';
import { stopCluster } from './actions.js';
import type { PanelSession } from './panel-session.js';

interface CommandParts {
  readonly app: JupyterFrontEnd;
  readonly shell: ILabShell;
  readonly session: PanelSession;
  readonly palette: ICommandPalette | null;
  readonly panelId: string;
}

/** What the panel does, for the command palette, menus and shortcuts. */
export function addCommands(parts: CommandParts): void {
  const { app, session, palette } = parts;
  const show = (): void => parts.shell.activateById(parts.panelId);
  const ask = (command: PanelCommand) => (): void => {
    show(); // the panel looks at the kernel while it is seen, and shows what comes of it
    session.ask(command);
  };
  const commands: [id: string, label: string, execute: () => unknown][] = [
    ['pxlab:start-cluster', 'Start a Cluster', ask({ type: 'start' })],
    ['pxlab:add-engine', 'Add an Engine', ask({ type: 'add-engines', n: 1 })],
    ['pxlab:interrupt-engines', 'Interrupt All Engines', ask({ type: 'interrupt' })],
    ['pxlab:stop-cluster', 'Stop the Cluster', () => (show(), stopCluster(session))],
  ];
  app.commands.addCommand('pxlab:show-panel', { label: 'Show the Engines Panel', execute: show });
  for (const [id, label, execute] of commands) {
    app.commands.addCommand(id, { label, execute, isEnabled: () => session.hasOurKernel });
  }
  for (const command of ['pxlab:show-panel', ...commands.map(([id]) => id)]) {
    palette?.addItem({ command, category: 'Engines' });
  }
  session.changed.connect(() => app.commands.notifyCommandChanged());
}
