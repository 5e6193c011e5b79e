import {
  ILabShell,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin,
} from '@jupyterlab/application';
import { panelTarget } from '../wire/panel-messages.js';

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'pxlab:panel',
  description: 'The engines of a notebook, live.',
  autoStart: true,
  requires: [ILabShell],
  activate: (app: JupyterFrontEnd, shell: ILabShell) => {
    void app.restored.then(() => shell.node.setAttribute('data-pxlab', panelTarget));
  },
};

export default plugin;
