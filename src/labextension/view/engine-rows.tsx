import { closeIcon, refreshIcon, stopIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { EngineObituary } from '../../wire/cluster-requests.js';
import type { EngineState } from '../../wire/cluster-state.js';
import { restartEngine, stopEngine } from '../actions.js';
import type { PanelSession } from '../panel-session.js';
import { deathReason, durationText, memoryText } from '../wording.js';

interface EngineRowsProps {
  readonly session: PanelSession;
  readonly engine: EngineState;
  /** Since its task began; undefined when it is idle. */
  readonly elapsedMs: number | undefined;
}

/** One engine: its numbers, and below them what it runs and what it printed last. */
export function EngineRows({ session, engine, elapsedMs }: EngineRowsProps): React.JSX.Element {
  const { id, cpuPercent, memoryBytes, queued, completed } = engine;
  const status = engine.running === undefined ? 'idle' : 'busy';
  return (
    <tbody className="pxlab-engine" data-engine={id} data-status={status}>
      <tr>
        <th scope="row">
          <span className="pxlab-dot" aria-hidden="true" />
          {id} <span className="pxlab-status">{status}</span>
        </th>
        <td>{cpuPercent === undefined ? '–' : `${Math.round(cpuPercent)} %`}</td>
        <td>{memoryBytes === undefined ? '–' : memoryText(memoryBytes)}</td>
        <td>{queued}</td>
        <td>{completed}</td>
        <td className="pxlab-actions">
          <EngineActions session={session} engineId={id} />
        </td>
      </tr>
      <tr className="pxlab-detail">
        <td colSpan={6}>
          <Detail engine={engine} elapsedMs={elapsedMs} />
        </td>
      </tr>
    </tbody>
  );
}

function Detail({ engine, elapsedMs }: Omit<EngineRowsProps, 'session'>): React.JSX.Element {
  const { running, lastOutput, pid, host, language } = engine;
  const place = [pid === undefined ? undefined : `pid ${pid}`, host];
  const about = [...place, language === 'python' ? 'Python' : undefined]
    .filter(Boolean)
    .join(' · ');
  return (
    <>
      <div className="pxlab-line">
        {running !== undefined && (
          <span className="pxlab-task" title={running.name}>
            {running.name ?? 'A task'}
          </span>
        )}
        {elapsedMs !== undefined && (
          <span className="pxlab-elapsed">{durationText(elapsedMs)}</span>
        )}
        <span className="pxlab-place" title={about}>
          {about}
        </span>
      </div>
      {lastOutput !== undefined && (
        <div className="pxlab-output" data-stream={lastOutput.name} title={lastOutput.text}>
          {lastOutput.text}
        </div>
      )}
    </>
  );
}

interface EngineActionsProps {
  readonly session: PanelSession;
  readonly engineId: number;
}

function EngineActions({ session, engineId }: EngineActionsProps): React.JSX.Element {
  const actions = [
    ['Interrupt', stopIcon, () => session.ask({ type: 'interrupt', engineIds: [engineId] })],
    ['Restart', refreshIcon, () => void restartEngine(session, engineId)], // dialogs do not fail
    ['Stop', closeIcon, () => void stopEngine(session, engineId)],
  ] as const;
  return (
    <>
      {actions.map(([verb, icon, act]) => (
        <button
          key={verb}
          className="pxlab-icon-button"
          title={`${verb} engine ${engineId}`}
          aria-label={`${verb} engine ${engineId}`}
          onClick={act}
        >
          <icon.react tag={null} width="14px" />
        </button>
      ))}
    </>
  );
}

/** An engine that died and that no other has replaced. */
export function DeadRow({ obituary }: { readonly obituary: EngineObituary }): React.JSX.Element {
  const { id, death, at } = obituary;
  return (
    <tr className="pxlab-dead" data-engine={id} data-status="dead">
      <th scope="row">
        <span className="pxlab-dot" aria-hidden="true" />
        {id} <span className="pxlab-status">dead</span>
      </th>
      <td colSpan={5}>
        {deathReason(death)} at {new Date(at).toLocaleTimeString()}
      </td>
    </tr>
  );
}
