import type { TaskInfo } from './task.js';

interface Summarized {
  readonly tasks: readonly Pick<TaskInfo, 'status'>[];
  readonly progress: number;
  readonly total: number;
  readonly elapsedMs: number;
}

/** `AsyncResult: 3 of 4 done, 1 failed, 2 running, 1.25 s`: how a result stands now, in one line. */
export function summaryOf({ tasks, progress, total, elapsedMs }: Summarized): string {
  const count = (...statuses: TaskInfo['status'][]): number =>
    tasks.filter(({ status }) => statuses.includes(status)).length;
  const parts = [
    `${progress} of ${total} done`,
    ...counted(count('error', 'lost'), 'failed'),
    ...counted(count('cancelled'), 'cancelled'),
    ...counted(count('running'), 'running'),
    ...counted(count('queued'), 'queued'),
    duration(elapsedMs),
  ];
  return `AsyncResult: ${parts.join(', ')}`;
}

function counted(count: number, what: string): string[] {
  return count === 0 ? [] : [`${count} ${what}`];
}

function duration(elapsedMs: number): string {
  return elapsedMs < 1000 ? `${Math.round(elapsedMs)} ms` : `${(elapsedMs / 1000).toFixed(2)} s`;
}
