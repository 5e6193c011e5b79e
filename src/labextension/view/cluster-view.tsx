import * as React from 'react';
import type { PanelCluster, PanelRequest, PanelState } from '../../wire/panel-messages.js';
import { stopCluster } from '../actions.js';
import type { PanelSession } from '../panel-session.js';
import type { PanelView } from '../panel-model.js';
import { engineSummary, nameOf } from '../wording.js';
import { EngineTable } from './engine-table.js';
import { NumberForm } from './number-form.js';

interface ClusterViewProps {
  readonly session: PanelSession;
  readonly view: PanelView;
  readonly state: PanelState;
  readonly cluster: PanelCluster;
}

/** The notebook's cluster: what it is, what can be done with it, and its engines. */
export function ClusterView(props: ClusterViewProps): React.JSX.Element {
  const { session, view, state, cluster } = props;
  const { engines } = cluster;
  return (
    <section className="pxlab-section" aria-label="Cluster">
      <Title cluster={cluster} />
      <p className="pxlab-summary">{engineSummary(engines)}</p>
      <Controls session={session} asked={view.asked} pending={state.pending} />
      <EngineTable session={session} cluster={cluster} clockAheadMs={view.clockAheadMs} />
    </section>
  );
}

function Title({ cluster }: { readonly cluster: PanelCluster }): React.JSX.Element {
  const name = nameOf(cluster);
  return cluster.ownership === 'own' ? (
    <h2 className="pxlab-title" title={`${name}: it ends with this notebook’s kernel`}>
      This notebook’s cluster
    </h2>
  ) : (
    <h2
      className="pxlab-title"
      title="It goes on when this notebook ends, and others can use it too"
    >
      Cluster {name}
      <span className="pxlab-badge">shared</span>
    </h2>
  );
}

interface ControlsProps {
  readonly session: PanelSession;
  readonly asked: readonly PanelRequest[];
  readonly pending: PanelState['pending'];
}

function Controls({ session, asked, pending }: ControlsProps): React.JSX.Element {
  const isAsked = (type: PanelRequest['type']): boolean =>
    asked.some((request) => request.type === type);
  const isStopping = pending === 'stopping' || isAsked('stop');
  const isAdding = isAsked('add-engines');
  return (
    <div className="pxlab-controls">
      <button
        className="pxlab-button"
        disabled={isStopping}
        title="Ends what the engines run; their variables are kept"
        onClick={() => session.ask({ type: 'interrupt' })}
      >
        Interrupt all
      </button>
      <NumberForm
        label="Number of engines to add"
        initial={1}
        button={isAdding ? 'Adding…' : 'Add'}
        isDisabled={isStopping || isAdding}
        onSubmit={(n) => session.ask({ type: 'add-engines', n })}
      />
      <button
        className="pxlab-button pxlab-last"
        disabled={isStopping}
        title="Ends the cluster with all its engines"
        onClick={() => void stopCluster(session)} // a dialog does not fail
      >
        {isStopping ? 'Stopping…' : 'Stop…'}
      </button>
    </div>
  );
}
