import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';
import { enginesIcon } from './icon.js';
import type { PanelSession } from './panel-session.js';
import { Panel } from './view/panel.js';

/** The panel as JupyterLab has it in its side area. */
export class PanelWidget extends ReactWidget {
  readonly #session: PanelSession;

  constructor(session: PanelSession) {
    super();
    this.#session = session;
    this.id = 'pxlab-panel';
    this.title.icon = enginesIcon;
    this.title.caption = 'Engines of the notebook';
    this.addClass('pxlab-panel');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', 'Engines of the notebook');
    // Updates are requests: several changes before the next frame are drawn once.
    session.changed.connect(() => this.update());
  }

  protected override render(): React.JSX.Element {
    return <Panel session={this.#session} view={this.#session.view} />;
  }

  protected override onAfterShow(): void {
    this.#session.setWanted(true);
  }

  protected override onBeforeHide(): void {
    this.#session.setWanted(false);
  }
}
