import type { Exit } from '../process/process-group.js';
import type { ProcessIdentity } from '../process/process-identity.js';

/** Starts engines somewhere. One file a kind of place. */
export interface Launcher {
  /** Starts `n` engines at once; they come to the controller by themselves. */
  start(n: number): Promise<readonly LaunchedEngine[]>;
}

/** An engine as its launcher sees it: a process. */
export interface LaunchedEngine {
  /** Unique in its cluster; part of the log's name. */
  readonly key: string;
  readonly process: ProcessIdentity;
  readonly logFile: string;
  /** Called when it is registered: from now on its last words can be kept. */
  registered(): void;
  /** Never rejects. */
  readonly exited: Promise<Exit>;
  signal(signal: NodeJS.Signals): void;
  /** Ends it and what it started; resolves when it is gone. */
  stop(options: { graceMs: number }): Promise<void>;
}
