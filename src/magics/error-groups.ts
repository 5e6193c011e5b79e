import type { ErrorOutput } from '../client/outputs.js';
import { rangesOf } from './engine-ranges.js';

/** An error, and the engines that it came from. */
export interface ErrorGroup {
  readonly engineIds: number[];
  readonly error: ErrorOutput;
}

/** Errors by what they say: name, message and stack. Engines that failed alike are one group. */
export class ErrorGroups {
  readonly #groups = new Map<string, ErrorGroup>();

  add(engineId: number | undefined, error: ErrorOutput): void {
    const key = [error.name, error.message, ...error.traceback].join('\n');
    const group = this.#groups.get(key) ?? { engineIds: [], error };
    if (engineId !== undefined) group.engineIds.push(engineId);
    this.#groups.set(key, group);
  }

  /** In the order in which they first came. */
  take(): ErrorGroup[] {
    const groups = [...this.#groups.values()];
    this.#groups.clear();
    return groups;
  }
}

/** `[error:0-2,7]`, or `[error:?]` where the engine is not known. */
export function errorLabel({ engineIds }: ErrorGroup): string {
  return `[error:${engineIds.length === 0 ? '?' : rangesOf(engineIds)}]`;
}

/** Name and message, then the stack, which may begin with both. IPython's begins with a ruler. */
export function stackOf({ error }: ErrorGroup): string {
  const lines = error.traceback.join('\n').trimEnd().split('\n');
  if (/^(?:\u001b\[[\d;]*m)*-{20,}/.test(lines[0] ?? '')) lines.shift();
  const isTold = lines[0]?.includes(error.message.split('\n', 1)[0] ?? '') === true;
  return [...(isTold ? [] : [summaryOf(error)]), ...lines].join('\n').trimEnd();
}

/** Stop ends cells by these; who was stopped is told once, at the end. */
export function isByStop({ name }: ErrorOutput): boolean {
  return name === 'Interrupted' || name === 'KeyboardInterrupt';
}

export function summaryOf({ name, message }: ErrorOutput): string {
  return `${name}: ${message}`;
}
