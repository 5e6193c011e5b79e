import type { VmWindow } from '../cell-script.js';
import type { CellToken } from '../cell-token.js';

/** What an interrupt acts on. */
export interface Interruptible {
  readonly runningToken: CellToken | undefined;
  interrupt(): void;
}

export interface InterruptReceiver {
  readonly window: VmWindow;
  attach(target: Interruptible): void;
  setRunning(run: number): void;
  isAskedToStop(run: number): boolean;
}
