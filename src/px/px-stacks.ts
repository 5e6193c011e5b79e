import type { EngineStack } from '../client/debugging.js';
import { engineNames } from '../client/errors.js';
import { showAsText } from './show-as-text.js';

/** The answer of `px.stack()`: where each engine was, as text, and as data. */
export class PxStacks {
  /** In the order of the targets. */
  readonly engines: readonly EngineStack[];

  /** @internal */
  constructor(engines: readonly EngineStack[]) {
    this.engines = engines;
    showAsText(this);
  }

  /** What engines do alike is told once. */
  toString(): string {
    const ids = new Map<string, number[]>();
    for (const stack of this.engines) {
      const text = textOf(stack);
      ids.set(text, [...(ids.get(text) ?? []), stack.engineId]);
    }
    const problems = new Set(this.engines.map(({ problem }) => problem));
    return [...ids]
      .map(([text, alike]) =>
        problems.has(text) ? text : `${capital(engineNames(alike))}: ${text}`,
      )
      .join('\n');
  }
}

function textOf(stack: EngineStack): string {
  return [headOf(stack), ...stack.excerpt, ...stack.lines.map(lineOf)].join('\n');
}

function headOf(stack: EngineStack): string {
  return heads[stack.activity](stack);
}

const heads: Readonly<Record<EngineStack['activity'], (stack: EngineStack) => string>> = {
  idle: () => 'idle',
  running: (stack) => `runs ${whatOf(stack)}, at`,
  awaiting: (stack) => `awaits something in ${whatOf(stack)}`,
  halted: (stack) =>
    `halted by a debugger in ${whatOf(stack)}${stack.lines.length > 0 ? ', at' : ''}`,
  blocked: (stack) =>
    'in native code, such as execSync, which cannot be looked into' +
    (stack.cell === undefined ? '' : `; it runs ${whatOf(stack)}`),
  unknown: ({ problem = 'could not be asked' }) => problem,
};

function whatOf({ cell, runningMs = 0 }: EngineStack): string {
  if (cell === undefined) return 'what an earlier cell left behind';
  return `${cell}, for ${durationText(runningMs)} now`;
}

function lineOf({ functionName, file, line, column }: EngineStack['lines'][number]): string {
  const place = `${file}:${line}:${column}`;
  return functionName === '' ? `    at ${place}` : `    at ${functionName} (${place})`;
}

function durationText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
