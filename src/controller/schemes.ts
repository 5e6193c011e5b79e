/**
 * How the task scheduler picks an engine. `leastload` is the default; `pure` is ZeroMQ's own round robin
 * in ipcontroller, and here `lru` without a limit of tasks for each engine.
 */
export type TaskScheme = 'leastload' | 'lru' | 'plainrandom' | 'twobin' | 'weighted' | 'pure';

/**
 * Index of the engine that gets the next task.
 *
 * @param loads - Tasks that each engine has, in the order in which the engines were last used.
 * @param random - Like `Math.random`.
 */
export type Pick = (loads: readonly number[], random: () => number) => number;

const leastLoad: Pick = (loads) => {
  let best = 0;
  for (const [index, load] of loads.entries()) if (load < (loads[best] ?? 0)) best = index;
  return best;
};

const leastRecentlyUsed: Pick = () => 0;

const plainRandom: Pick = (loads, random) => Math.floor(random() * loads.length);

/** Of two at random, the one that was used less recently. */
const twoBin: Pick = (loads, random) =>
  Math.min(plainRandom(loads, random), plainRandom(loads, random));

/** The better of two drawn with odds that are the inverse of the load. */
const weighted: Pick = (loads, random) => {
  const [one, other] = [drawByWeight(loads, random), drawByWeight(loads, random)];
  return (loads[other] ?? 0) < (loads[one] ?? 0) ? other : one;
};

export const pickers: Readonly<Record<TaskScheme, Pick>> = {
  leastload: leastLoad,
  lru: leastRecentlyUsed,
  plainrandom: plainRandom,
  twobin: twoBin,
  weighted,
  pure: leastRecentlyUsed,
};

function drawByWeight(loads: readonly number[], random: () => number): number {
  const weights = loads.map((load) => 1 / (1e-6 + load));
  let rest = random() * weights.reduce((sum, weight) => sum + weight, 0);
  const index = weights.findIndex((weight) => (rest -= weight) <= 0);
  return Math.max(0, index);
}
