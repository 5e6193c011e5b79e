import type { Dependency } from './dependency.js';
import type { TaskScheme } from './schemes.js';

export interface Task {
  readonly id: string;
  /** Uuids of the engines that may run it; none means any. */
  readonly targets: readonly string[];
  /** It may not start before these have ended. */
  readonly after: Dependency;
  /** It has to run on an engine on which these have ended. */
  readonly follow: Dependency;
  /** How long it may wait for an engine each time it is queued. */
  readonly timeoutMs: number | undefined;
  /** How long it may wait while there is no engine at all. */
  readonly engineGraceMs: number | undefined;
  /** How often it may fail and be given to another engine. */
  readonly retries: number;
}

export type TaskEvent =
  | { type: 'task-submitted'; task: Task; nowMs: number }
  | { type: 'task-answered'; id: string; engine: string; answer: TaskAnswer; nowMs: number }
  /** Drop those of the tasks that have not started. */
  | { type: 'tasks-withdrawn'; ids: readonly string[] }
  | { type: 'engine-registered'; engine: string }
  /** It gets no more tasks; replies to those it has may still be on their way. */
  | { type: 'engine-lost'; engine: string }
  /** No reply of a lost engine is to be expected any more. */
  | { type: 'engine-silent'; engine: string; nowMs: number }
  /** The engine goes on, but these were lost on the way to it, or their replies were. */
  | { type: 'tasks-lost'; engine: string; ids: readonly string[]; nowMs: number }
  | { type: 'time-passed'; nowMs: number };

/** `dependency-unmet`: the engine cannot run it, as it found out by itself; that uses up no retry. */
export type TaskAnswer = 'ok' | 'error' | 'aborted' | 'dependency-unmet';

export type TaskFailure =
  | 'engine-lost'
  | 'request-lost'
  | 'impossible-dependency'
  | 'invalid-dependency'
  | 'timed-out'
  | 'no-engines'
  | 'withdrawn';

export type TaskInstruction =
  | { type: 'send-task'; id: string; engine: string }
  /** The reply that the event told of is the task's last. */
  | { type: 'relay-reply'; id: string }
  | { type: 'fail-task'; id: string; failure: TaskFailure; engine?: string };

export interface TaskSchedulerOptions {
  /** @defaultValue `leastload` */
  readonly scheme?: TaskScheme | undefined;
  /** Tasks that an engine may have at once; 0 for any number. @defaultValue 1 */
  readonly hwm?: number | undefined;
  /** @defaultValue `Math.random` */
  readonly random?: (() => number) | undefined;
}
