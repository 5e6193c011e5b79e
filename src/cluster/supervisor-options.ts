import type { ControllerOptions, HeartbeatOptions, TcpOptions } from '../controller/controller.js';
import type { CurveKeys } from '../transport/socket.js';
import type { ClusterLocation, ConnectionFiles } from '../wire/cluster-files.js';
import type { Owner } from './lease-state.js';

/** How a supervisor is to run its cluster: its one argument, as JSON. */
export interface SupervisorOptions extends ClusterLocation {
  /** Engines to start with. */
  readonly n: number;
  /** Absent for a shared cluster. */
  readonly owner?: Owner | undefined;
  /** Absent: ipc alone, no TCP port at all. */
  readonly tcp?: TcpChoice | undefined;
  /** Folder in which engines start. */
  readonly cwd: string;
  /** Name or address by which other machines reach this one. */
  readonly location?: string | undefined;
  readonly heartbeat?: HeartbeatOptions | undefined;
  /** HMAC key. @defaultValue a new one */
  readonly key?: string | undefined;
  /** For a controller in the place of ipcontroller. */
  readonly standIn?: StandInOptions | undefined;
}

/**
 * A controller that another program launched, which writes ipyparallel's cluster file itself. One that is
 * to return leaves its connection files, and its engines, for the next one, and is reached by TCP alone:
 * a path of a socket does not outlive it.
 */
export interface StandInOptions {
  readonly connectionFiles: ConnectionFiles;
  readonly isToReturn: boolean;
  /** Where it listens beside TCP. @defaultValue in a folder of its own, unless it is to return */
  readonly ipcBase?: string | undefined;
  readonly controller: Pick<
    ControllerOptions,
    | 'broadcastLeaves'
    | 'records'
    | 'registrationTimeoutMs'
    | 'restored'
    | 'session'
    | 'ssh'
    | 'tasks'
  >;
}

export interface TcpChoice {
  /** Address to listen at; `*` for all. */
  readonly ip: string;
  /** Guards the TCP addresses with CurveZMQ. */
  readonly curve: boolean;
  /** @defaultValue a new pair */
  readonly curveKeys?: CurveKeys | undefined;
  /** Address for clients. @defaultValue `ip` */
  readonly clientIp?: string | undefined;
  /** @defaultValue any free port, for each that is absent */
  readonly ports?: TcpOptions['ports'];
}

/** What a supervisor reports to whoever started it: lines of JSON on file descriptor 3. */
export type SupervisorReport =
  /** Owners can take their lease. */
  | { readonly type: 'listening'; readonly leasePath: string }
  /** All engines are registered. */
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly code: string; readonly message: string };

/** The report in `line`, or undefined for anything else that was written there. */
export function parseReport(line: string): SupervisorReport | undefined {
  try {
    const value = JSON.parse(line) as SupervisorReport;
    return ['listening', 'ready', 'failed'].includes(value.type) ? value : undefined;
  } catch {
    return undefined;
  }
}
