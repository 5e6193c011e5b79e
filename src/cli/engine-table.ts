import type { ClusterStatus, EngineStatus } from '../wire/cluster-requests.js';
import { outputWidth, styled } from './output.js';
import { type Column, table } from './table.js';

/** One engine in what `status --json` and `engines --json` print. */
export interface ListedEngine {
  readonly id: number;
  readonly uuid: string;
  /** Null for engines that say nothing of themselves, such as Python's. */
  readonly pid: number | null;
  readonly host: string | null;
  readonly state: 'idle' | 'busy';
  /** What it runs: `Cell [3]`, or the first line of its source. Null when it is idle, or nothing is known. */
  readonly running: string | null;
  /** ISO 8601; null when it is idle. */
  readonly runningSince: string | null;
  /** Requests that wait for the one that runs. */
  readonly queued: number;
  readonly done: number;
  /** Null for engines that the cluster did not start. */
  readonly logFile: string | null;
}

/** The engines of a cluster, with what they have to do. */
export function listEngines({ engines }: ClusterStatus): ListedEngine[] {
  return engines.map(listEngine);
}

function listEngine({ id, uuid, running, ...engine }: EngineStatus): ListedEngine {
  const { name = null, since = null } = running ?? {};
  const { pid = null, host = null, logFile = null, queued = 0, completed = 0 } = engine;
  return {
    id,
    uuid,
    pid,
    host,
    state: running === undefined ? 'idle' : 'busy',
    running: name,
    runningSince: since,
    queued,
    done: completed,
    logFile,
  };
}

export function engineTable(engines: readonly ListedEngine[]): string {
  return table(columns, engines, {
    width: outputWidth(),
    emphasize: (head) => styled('bold', head),
  });
}

const columns: readonly Column<ListedEngine>[] = [
  { head: 'ENGINE', cell: ({ id }) => String(id), isNumber: true },
  { head: 'PID', cell: ({ pid }) => String(pid ?? '?'), isNumber: true, dispensable: 2 },
  { head: 'HOST', cell: ({ host }) => host ?? '?', shrinkTo: 8, dispensable: 3 },
  { head: 'STATE', cell: ({ state }) => state },
  { head: 'QUEUED', cell: ({ queued }) => String(queued), isNumber: true, dispensable: 1 },
  { head: 'DONE', cell: ({ done }) => String(done), isNumber: true, dispensable: 4 },
  { head: 'RUNNING', cell: runningText, shrinkTo: 12, dispensable: 5 },
];

function runningText({ running, runningSince }: ListedEngine): string {
  if (runningSince === null) return '';
  return `${running ?? 'a request'}, ${duration(Date.now() - Date.parse(runningSince))}`;
}

/** `4 s`, `12 min`, `3 h`: how long, to be read at a glance. */
function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}
