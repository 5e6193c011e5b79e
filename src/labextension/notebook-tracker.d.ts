/**
 * The little that the panel needs of `@jupyterlab/notebook`, whose 4.6 series cannot be installed from npm:
 * JupyterLab brings the package itself to the page.
 */
declare module '@jupyterlab/notebook' {
  import type { ISessionContext } from '@jupyterlab/apputils';
  import type { Token } from '@lumino/coreutils';
  import type { ISignal } from '@lumino/signaling';

  export interface NotebookPanel {
    readonly sessionContext: ISessionContext;
  }

  export interface INotebookTracker {
    readonly currentWidget: NotebookPanel | null;
    readonly currentChanged: ISignal<INotebookTracker, NotebookPanel | null>;
  }

  export const INotebookTracker: Token<INotebookTracker>;
}
