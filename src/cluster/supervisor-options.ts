import type { HeartbeatOptions, TcpOptions } from '../controller/controller.js';
import type { ClusterLocation } from '../wire/cluster-files.js';
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
  /** True for a controller that another program launched, which writes ipyparallel's cluster file itself. */
  readonly isControllerAlone?: boolean | undefined;
}

export interface TcpChoice {
  /** Address to listen at; `*` for all. */
  readonly ip: string;
  /** Guards the TCP addresses with CurveZMQ. */
  readonly curve: boolean;
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
