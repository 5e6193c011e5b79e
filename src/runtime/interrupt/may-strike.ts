/** One frame of the code that was interrupted, innermost first. */
export type StruckFrame = 'user' | 'library' | 'own' | 'node';

export interface StrikeSituation {
  readonly frames: readonly StruckFrame[];
  readonly elapsedMs: number;
  /** True while main waits for the worker to take its outputs. */
  readonly isParked: boolean;
}

/** After so long, no frames at all mean an endless queue of microtasks, not a loop that turns. */
const emptyStackAfterMs = 150;
/** After so long, our own code is part of what has to stop: it calls the user's, or is stuck itself. */
const ownCodeAfterMs = 400;

/**
 * Whether the code on the main thread's stack may be ended now.
 *
 * Ours is not ended while it works for a moment (a print, a message), because it would leave things
 * half done; then the worker asks again a few milliseconds later. Packages on the stack belong to
 * whoever called them.
 */
export function mayStrike({ frames, elapsedMs, isParked }: StrikeSituation): boolean {
  const owner = frames.find((frame) => frame === 'user' || frame === 'own');
  if (owner === 'user') return true;
  if (owner === 'own') return isParked || elapsedMs >= ownCodeAfterMs;
  return frames.includes('library') || elapsedMs >= emptyStackAfterMs;
}
