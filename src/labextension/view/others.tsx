import * as React from 'react';
import type { OtherCluster, PanelRequest, PanelState } from '../../wire/panel-messages.js';
import type { PanelSession } from '../panel-session.js';
import { counted, nameOf } from '../wording.js';

interface OthersProps {
  readonly session: PanelSession;
  readonly state: PanelState;
  readonly asked: readonly PanelRequest[];
}

/** Clusters of this user beside the notebook's. */
export function Others({ session, state, asked }: OthersProps): React.JSX.Element | null {
  if (state.others.length === 0) return null;
  const isPending =
    state.pending !== undefined || asked.some(({ type }) => type === 'connect' || type === 'start');
  return (
    <section className="pxlab-section" aria-label="Other clusters">
      <h2 className="pxlab-title">Other clusters</h2>
      <ul className="pxlab-others">
        {state.others.map((other) => (
          <li key={other.clusterId}>
            <span className="pxlab-grow">
              <b>{nameOf(other)}</b> <span className="pxlab-dim">{about(other)}</span>
            </span>
            {other.ownership === 'shared' && (
              <button
                className="pxlab-button"
                aria-label={`Connect to cluster ${nameOf(other)}`}
                disabled={isPending}
                onClick={() => session.ask({ type: 'connect', clusterId: other.clusterId })}
              >
                Connect
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function about({ engineCount, ownership }: OtherCluster): string {
  const engines = counted(engineCount, 'engine');
  if (ownership === 'shared') return engines;
  return `${engines}, of ${ownership === 'kernel' ? 'another notebook' : 'a script'}`;
}
