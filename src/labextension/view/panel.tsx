import * as React from 'react';
import type { PanelSession } from '../panel-session.js';
import type { PanelView } from '../panel-model.js';
import { linkSentence } from '../wording.js';
import { ClusterView } from './cluster-view.js';
import { NoCluster } from './no-cluster.js';
import { Notices } from './notices.js';
import { Others } from './others.js';

interface PanelProps {
  readonly session: PanelSession;
  readonly view: PanelView;
}

/** All of it, from top to bottom: what happened, the cluster, and the clusters beside it. */
export function Panel({ session, view }: PanelProps): React.JSX.Element {
  const { link, state } = view;
  const isLive = link.kind === 'live';
  return (
    <div className="pxlab-content" data-link={link.kind}>
      <p className="pxlab-link" role="status" hidden={isLive}>
        {linkSentence(link)}
        {link.kind === 'gone' && link.why !== 'dead' && (
          <button className="pxlab-button" onClick={() => session.retry()}>
            Try again
          </button>
        )}
      </p>
      <Notices notices={view.notices} onDismiss={(id) => session.dismiss(id)} />
      {state !== undefined && (
        <fieldset className="pxlab-state" disabled={!isLive} aria-busy={!isLive}>
          {state.notice !== undefined && <p className="pxlab-note">{state.notice}</p>}
          {state.cluster === null ? (
            <NoCluster session={session} state={state} asked={view.asked} />
          ) : (
            <ClusterView session={session} view={view} state={state} cluster={state.cluster} />
          )}
          <Others session={session} state={state} asked={view.asked} />
        </fieldset>
      )}
    </div>
  );
}
