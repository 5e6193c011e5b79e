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

/** Name and message, then the stack, which may begin with both. */
export function stackOf({ error }: ErrorGroup): string {
  const summary = summaryOf(error);
  const stack = error.traceback.join('\n').trimEnd();
  return stack.includes(error.message) ? stack : `${summary}\n${stack}`.trimEnd();
}

export function summaryOf({ name, message }: ErrorOutput): string {
  return `${name}: ${message}`;
}
