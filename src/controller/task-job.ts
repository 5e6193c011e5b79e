import { isMet, isUnreachable, type Outcome } from './dependency.js';
import type { EnginePool } from './engine-pool.js';
import type { Task } from './task-events.js';
import type { End } from './task-graph.js';

/** A task, and what has become of it so far. */
export interface Job {
  readonly task: Task;
  /** Engines that failed it. */
  readonly excluded: Set<string>;
  /** How the tasks that it depends on have ended so far. */
  readonly ends: Map<string, End>;
  retriesLeft: number;
  deadlineMs: number;
  /** As {@link groupOf} says, since it was queued. */
  group: string;
}

/** Whether no engine can run it any more. */
export function isImpossible(job: Job, pool: EnginePool): boolean {
  const { after, follow } = job.task;
  const outcome = outcomeOf(job);
  if (isUnreachable(after, outcome) || isUnreachable(follow, outcome)) return true;
  return !hasTargets(job, pool) || !canFollow(job, pool);
}

/**
 * Of the engines that it is meant for, one at least is here and has not failed it. One that is meant for
 * any may wait for an engine that comes, but once it has failed only if it has a limited time.
 */
export function hasTargets({ task, excluded }: Job, pool: EnginePool): boolean {
  const { targets, timeoutMs } = task;
  if (targets.length > 0) return pool.some((uuid) => isMeant({ task, excluded }, uuid));
  if (excluded.size === 0 || timeoutMs !== undefined) return true;
  return pool.some((uuid) => !excluded.has(uuid));
}

/** Where tasks that it has to follow ran, all of them on one engine, it may still run itself. */
export function canFollow(job: Job, pool: EnginePool): boolean {
  const { ids, all } = job.task.follow;
  const ends = ids.flatMap((id) => job.ends.get(id) ?? []);
  const isThere = ({ engine }: End, isFit: typeof isSuitable): boolean =>
    engine !== undefined && pool.has(engine) && isFit(job, engine);
  if (!all) return ends.length < ids.length || ends.some((end) => isThere(end, isSuitable));
  const engines = new Set(ends.map(({ engine }) => engine));
  return engines.size <= 1 && ends.every((end) => isThere(end, isMeant));
}

export function missingDependencies({ task, ends }: Job): string[] {
  return [...task.after.ids, ...task.follow.ids].filter((id) => !ends.has(id));
}

/** What {@link isSuitable} goes by; the tasks that two of a group follow have ended alike. */
export function groupOf({ task, excluded }: Job): string {
  const { targets, follow } = task;
  if (targets.length + follow.ids.length + excluded.size === 0) return '';
  return JSON.stringify([targets, follow, [...excluded]]);
}

export function outcomeOf({ ends }: Job): (id: string) => Outcome | undefined {
  return (id) => ends.get(id)?.outcome;
}

/** Whether an engine is one of those that it may run on, and has not failed it. */
function isMeant({ task, excluded }: Pick<Job, 'task' | 'excluded'>, uuid: string): boolean {
  return !excluded.has(uuid) && (task.targets.length === 0 || task.targets.includes(uuid));
}

/** Whether an engine may run the task, as far as the task is concerned. */
export function isSuitable(job: Job, uuid: string): boolean {
  if (!isMeant(job, uuid)) return false;
  return isMet(job.task.follow, (id) => {
    const end = job.ends.get(id);
    return end?.engine === uuid ? end.outcome : undefined;
  });
}
