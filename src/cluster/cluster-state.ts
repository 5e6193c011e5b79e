import { assertNever } from '../base/errors.js';
import type { Exit } from '../process/process-group.js';
import type { EngineDeath } from '../wire/contents.js';

/** What becomes of the engine processes that a supervisor launched. */
export type ClusterEvent =
  | { type: 'launched'; key: string; pid: number }
  | { type: 'registered'; uuid: string; pid: number | undefined }
  | { type: 'exited'; key: string; exit: Exit }
  /** The engine's lease ended: its process is gone or about to go. */
  | { type: 'lease-ended'; uuid: string }
  /** The time to wait for the exit of a process whose lease ended is over. */
  | { type: 'exit-overdue'; uuid: string };

export type ClusterInstruction =
  | { type: 'report-death'; uuid: string; death: EngineDeath }
  /** Sends `exit-overdue` in a while. */
  | { type: 'await-exit'; uuid: string }
  /** An engine ended before it registered. */
  | { type: 'report-start-failure'; key: string; exit: Exit }
  | { type: 'report-registered'; key: string; uuid: string };

interface LaunchedProcess {
  readonly key: string;
  readonly pid: number;
  uuid: string | undefined;
}

/**
 * Brings together what is known of an engine from its three sides: its process (pid, exit), its
 * registration (uuid) and its lease. An engine that is not a process of ours, such as one started by
 * hand, has its lease alone.
 */
export class ClusterState {
  readonly #launched = new Map<string, LaunchedProcess>();
  /** Registered engines by pid, for those that register before their launch is known here. */
  readonly #early = new Map<number, string>();
  /** Engines whose exit was seen, until their lease ends too. */
  readonly #exited = new Set<string>();

  /** Key of the process of the engine `uuid`, if it was launched here and runs. */
  keyOf(uuid: string): string | undefined {
    return this.#processOf(uuid)?.key;
  }

  handle(event: ClusterEvent): ClusterInstruction[] {
    switch (event.type) {
      case 'launched':
        return this.#launch(event.key, event.pid);
      case 'registered':
        return event.pid === undefined ? [] : this.#register(event.uuid, event.pid);
      case 'exited':
        return this.#exit(event.key, event.exit);
      case 'lease-ended':
        return this.#endLease(event.uuid);
      case 'exit-overdue':
        return this.#processOf(event.uuid) === undefined
          ? []
          : [{ type: 'report-death', uuid: event.uuid, death: { how: 'left' } }];
      default:
        return assertNever(event);
    }
  }

  #launch(key: string, pid: number): ClusterInstruction[] {
    const uuid = this.#early.get(pid);
    this.#early.delete(pid);
    this.#launched.set(key, { key, pid, uuid });
    return uuid === undefined ? [] : [{ type: 'report-registered', key, uuid }];
  }

  #register(uuid: string, pid: number): ClusterInstruction[] {
    const process = [...this.#launched.values()].find((launched) => launched.pid === pid);
    if (process === undefined) {
      this.#early.set(pid, uuid);
      return [];
    }
    process.uuid = uuid;
    return [{ type: 'report-registered', key: process.key, uuid }];
  }

  #exit(key: string, exit: Exit): ClusterInstruction[] {
    const process = this.#launched.get(key);
    if (process === undefined) return [];
    this.#launched.delete(key);
    if (process.uuid === undefined) return [{ type: 'report-start-failure', key, exit }];
    this.#exited.add(process.uuid);
    return [{ type: 'report-death', uuid: process.uuid, death: deathOf(exit) }];
  }

  #endLease(uuid: string): ClusterInstruction[] {
    if (this.#exited.delete(uuid)) return [];
    return this.#processOf(uuid) === undefined
      ? [{ type: 'report-death', uuid, death: { how: 'exited' } }]
      : [{ type: 'await-exit', uuid }];
  }

  #processOf(uuid: string): LaunchedProcess | undefined {
    return [...this.#launched.values()].find((launched) => launched.uuid === uuid);
  }
}

function deathOf({ code, signal }: Exit): EngineDeath {
  return signal === null
    ? { how: 'exited', ...(code === null ? {} : { exitCode: code }) }
    : { how: 'killed', signal };
}
