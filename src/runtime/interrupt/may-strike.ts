/** One frame of the code that was interrupted, innermost first. */
export type StruckFrame = 'user' | 'library' | 'own' | 'node';

export interface StrikeSituation {
  readonly frames: readonly StruckFrame[];
  /** Since the interrupt began. */
  readonly elapsedMs: number;
  /** True while main waits for the worker to take its outputs. */
  readonly isParked: boolean;
  /** True while a cell runs, and not only what earlier ones left. */
  readonly isCellRunning: boolean;
  /** How many times in a row there was no frame but Node's, while the loop's own message waited. */
  readonly emptyStacks: number;
}

/** After so long, our own code is part of what has to stop, if the user's called it or is called by it. */
const ownCodeAfterMs = 400;
/** A loop that turns would have read its message in between: this is an endless queue of microtasks. */
const emptyStacksOfLoop = 5;

/**
 * Whether the code on the main thread's stack may be ended now.
 *
 * Ours is not ended while it works for a moment (a print, a message), because it would leave things
 * half done; then the worker asks again a few milliseconds later. Packages on the stack belong to
 * whoever called them.
 */
export function mayStrike(situation: StrikeSituation): boolean {
  const { frames } = situation;
  const owner = frames.find((frame) => frame === 'user' || frame === 'own');
  if (owner === 'user') return true;
  if (owner === 'own') return mayStrikeOwn(situation);
  if (frames.includes('library')) return true;
  return situation.isCellRunning && situation.emptyStacks >= emptyStacksOfLoop;
}

function mayStrikeOwn({ frames, elapsedMs, isParked }: StrikeSituation): boolean {
  const isOfUser = frames.some((frame) => frame === 'user' || frame === 'library');
  return isOfUser && (isParked || elapsedMs >= ownCodeAfterMs);
}
