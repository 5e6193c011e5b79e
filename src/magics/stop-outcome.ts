import { engineNames } from '../client/errors.js';
import type { InterruptOutcome } from '../client/dispatcher.js';
import type { TaskInfo } from '../client/task.js';
import type { ShownError } from './engine-failures.js';

/** What Stop came to: which engines it stopped, and which go on because they wait in native code. */
export function stopOutcome(
  outcomes: readonly InterruptOutcome[],
  tasks: readonly Pick<TaskInfo, 'engineId' | 'status'>[],
): ShownError {
  const blocked = outcomes.flatMap(({ outcome, engineId }) =>
    outcome === 'blocked' ? [engineId] : [],
  );
  const idsOf = (status: TaskInfo['status']): number[] =>
    tasks.flatMap((task) =>
      task.status === status && task.engineId !== undefined && !blocked.includes(task.engineId)
        ? [task.engineId]
        : [],
    );
  const sentences = [
    ...sentence(idsOf('cancelled'), (names) => `Stopped on ${names}; variables are kept.`),
    ...sentence(idsOf('ok'), (names) => `The cell had ended on ${names}.`),
    ...sentence(idsOf('error'), (names) => `It had failed on ${names}.`),
    ...sentence(idsOf('lost'), (names) => `Lost: ${names}.`),
    ...sentence(blocked, (names) => blockedSentence(names, blocked)),
  ];
  const evalue = sentences.length === 0 ? 'Stopped before it was sent.' : sentences.join(' ');
  return { ename: 'Interrupted', evalue, traceback: [`Interrupted: ${evalue}`] };
}

function sentence(ids: readonly number[], text: (names: string) => string): string[] {
  return ids.length === 0 ? [] : [text(engineNames(ids))];
}

function blockedSentence(names: string, ids: readonly number[]): string {
  const argument = ids.length === 1 ? String(ids[0]) : `[${ids.join(', ')}]`;
  return (
    `Not stopped: ${names}, blocked in native code. Wait for its end, or ` +
    `await px.restart(${argument}), which starts anew without variables.`
  );
}
