import { promisify } from 'node:util';
import type { CellContext, CellToken } from './cell-token.js';
import { nextTick } from './own-turn.js';

type Callback = (...args: unknown[]) => unknown;
type Scheduler = (callback: Callback, ...args: unknown[]) => unknown;

/**
 * Makes timers, immediates and ticks run as the cell that created them, and not at all once that cell
 * was stopped. Our own modules import theirs from `node:timers`, which stay as they are.
 *
 * @returns what undoes it.
 */
export function installTimers(context: CellContext): () => void {
  const globals = globalThis as unknown as Record<string, Scheduler>;
  const ticks = process as unknown as Record<string, Scheduler>;
  const undo = [
    replace(globals, 'setTimeout', context),
    replace(globals, 'setInterval', context),
    replace(globals, 'setImmediate', context),
    replace(globals, 'queueMicrotask', context),
    replace(ticks, 'nextTick', context),
  ];
  return () => {
    for (const step of undo) step();
  };
}

function replace(owner: Record<string, Scheduler>, name: string, context: CellContext): () => void {
  const original = owner[name];
  if (original === undefined) return () => undefined;
  const wrapped = function (this: unknown, callback: Callback, ...args: unknown[]): unknown {
    const token = context.current;
    if (token.run < 0 || typeof callback !== 'function') {
      return original.call(this, callback, ...args);
    }
    const run = asCell({ context, token, callback });
    return original.call(this, name === 'setImmediate' ? behind(run) : run, ...args);
  };
  Object.defineProperty(wrapped, 'name', { value: name });
  const custom = (original as unknown as Record<symbol, unknown>)[promisify.custom];
  if (custom !== undefined) Object.defineProperty(wrapped, promisify.custom, { value: custom });
  owner[name] = wrapped;
  return () => {
    owner[name] = original;
  };
}

function asCell(scheduled: {
  context: CellContext;
  token: CellToken;
  callback: Callback;
}): Callback {
  const { context, token, callback } = scheduled;
  return function (this: unknown, ...args: unknown[]): void {
    if (context.hasToStop(token)) {
      // An interval of a stopped cell ends with its next turn.
      if (isTimer(this)) this.close();
      return;
    }
    context.runAs(token, () => callback.apply(this, args));
  };
}

/** An immediate's callback must not be ended from outside: see `own-turn.ts`. */
function behind(callback: Callback): Callback {
  return function (this: unknown, ...args: unknown[]): void {
    nextTick(() => callback.apply(this, args));
  };
}

function isTimer(value: unknown): value is { close(): void } {
  return typeof value === 'object' && value !== null && 'close' in value;
}
