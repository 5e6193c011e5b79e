import * as React from 'react';
import type { EngineObituary } from '../../wire/cluster-requests.js';
import type { PanelCluster } from '../../wire/panel-messages.js';
import type { PanelSession } from '../panel-session.js';
import { DeadRow, EngineRows } from './engine-rows.js';
import { useNow } from './use-now.js';

interface EngineTableProps {
  readonly session: PanelSession;
  readonly cluster: PanelCluster;
  readonly clockAheadMs: number;
}

/** As many dead engines are kept in sight. */
const maxDead = 8;

/** Living engines by id, then those that died and were not replaced, last ones first. */
export function EngineTable(props: EngineTableProps): React.JSX.Element {
  const { session, cluster, clockAheadMs } = props;
  const { engines, deaths } = cluster;
  const isAnyBusy = engines.some(({ running }) => running !== undefined);
  const now = useNow(isAnyBusy) - clockAheadMs;
  return (
    <div className="pxlab-table-scroll" tabIndex={0} role="group" aria-label="Engines">
      <table className="pxlab-table">
        <thead>
          <tr>
            <th scope="col">Engine</th>
            <th scope="col">CPU</th>
            <th scope="col">Memory</th>
            <th scope="col" title="Requests that wait for the one that runs">
              Wait
            </th>
            <th scope="col">Done</th>
            <th scope="col" className="pxlab-actions">
              <span className="pxlab-unseen">Actions</span>
            </th>
          </tr>
        </thead>
        {engines.map((engine) => (
          // By id, not by uuid: the focus stays on an engine that is restarted.
          <EngineRows
            key={engine.id}
            session={session}
            engine={engine}
            elapsedMs={engine.running && now - Date.parse(engine.running.since)}
          />
        ))}
        <tbody>
          {missing(cluster, deaths).map((obituary) => (
            <DeadRow key={obituary.uuid} obituary={obituary} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function missing({ engines }: PanelCluster, deaths: readonly EngineObituary[]): EngineObituary[] {
  const living = new Set(engines.map(({ id }) => id));
  return deaths
    .filter(({ id }) => !living.has(id))
    .slice(-maxDead)
    .reverse();
}
