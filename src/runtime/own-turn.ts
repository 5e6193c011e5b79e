import { setImmediate } from 'node:timers';

/** Node's own, whatever cells have in its place. */
export const nextTick: typeof process.nextTick = process.nextTick.bind(process);

/**
 * Runs `action`, which may be ended from outside, in a turn of the event loop of its own.
 *
 * Not within the immediate's callback: Node notes in a `finally` behind it how far it has come with the immediates of
 * this turn, and code that is ended from outside runs no `finally`. With another immediate before this one in the same
 * turn, Node would come to this one again and again, for ever (`processImmediate` in lib/internal/timers.js).
 */
export function inOwnTurn(action: () => void): void {
  setImmediate(() => nextTick(action));
}
