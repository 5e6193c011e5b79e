import * as React from 'react';
import type { PanelRequest, PanelState } from '../../wire/panel-messages.js';
import type { PanelSession } from '../panel-session.js';
import { NumberForm } from './number-form.js';

interface NoClusterProps {
  readonly session: PanelSession;
  readonly state: PanelState;
  readonly asked: readonly PanelRequest[];
}

/** What is offered while the notebook has no cluster. */
export function NoCluster({ session, state, asked }: NoClusterProps): React.JSX.Element {
  const isPending =
    state.pending !== undefined || asked.some(({ type }) => type === 'start' || type === 'connect');
  return (
    <section className="pxlab-section" aria-label="Cluster">
      <h2 className="pxlab-title">No engines run yet</h2>
      <p className="pxlab-hint">
        The first <code>%%px</code> cell starts them, or:
      </p>
      <NumberForm
        label="Number of engines"
        initial={state.usableCores}
        button={isPending ? pendingText(state.pending) : 'Start engines'}
        isPrimary
        isDisabled={isPending}
        onSubmit={(n) => session.ask({ type: 'start', n })}
      />
    </section>
  );
}

function pendingText(pending: PanelState['pending']): string {
  if (pending === 'connecting') return 'Connecting…';
  return pending === 'stopping' ? 'Stopping…' : 'Starting…';
}
