import type { InterruptOutcome } from '../client/dispatcher.js';
import type { TaskInfo } from '../client/task.js';
import type { ShownError } from './engine-failures.js';
import { namesOf } from './engine-ranges.js';
import type { InterruptSignal } from './magic-flags.js';

type TaskState = Pick<TaskInfo, 'engineId' | 'status'>;

/** What Stop came to: which engines it stopped, and which go on because they wait in native code. */
export function stopOutcome(
  outcomes: readonly InterruptOutcome[],
  tasks: readonly TaskState[],
): ShownError {
  const blocked = outcomes.flatMap(({ outcome, engineId }) =>
    outcome === 'blocked' ? [engineId] : [],
  );
  const idsOf = (status: TaskInfo['status']): number[] =>
    idsWith(tasks, status).filter((id) => !blocked.includes(id));
  const sentences = [
    ...sentence(idsOf('cancelled'), (names) => `Stopped on ${names}; variables are kept.`),
    ...ended({ ok: idsOf('ok'), error: idsOf('error'), lost: idsOf('lost') }),
    ...sentence(blocked, (names) => blockedSentence(names, blocked)),
  ];
  return interrupted(sentences.length === 0 ? ['Stopped before it was sent.'] : sentences);
}

/** What became of the engines when Stop sent them another signal than that of Stop, or none. */
export function signalOutcome(
  signal: Exclude<InterruptSignal, 'SIGINT'>,
  asked: readonly number[],
  tasks: readonly TaskState[],
): ShownError {
  const isOn = (id: number): boolean => idsWith(tasks, 'queued', 'running').includes(id);
  return interrupted([
    signal === 'none' ? 'Stopped waiting.' : `${signal} was sent to ${namesOf(asked)}.`,
    ...ended({
      ok: idsWith(tasks, 'ok'),
      error: idsWith(tasks, 'error', 'cancelled'),
      lost: idsWith(tasks, 'lost'),
    }),
    ...sentence(
      asked.filter(isOn),
      (names) =>
        `The cell goes on on ${names}: %pxresult waits for it, px.last()!.cancel() stops it.`,
    ),
  ]);
}

function ended(ids: { ok: number[]; error: number[]; lost: number[] }): string[] {
  return [
    ...sentence(ids.ok, (names) => `The cell had ended on ${names}.`),
    ...sentence(ids.error, (names) => `It had failed on ${names}.`),
    ...sentence(ids.lost, (names) => `Lost: ${names}.`),
  ];
}

function idsWith(tasks: readonly TaskState[], ...statuses: TaskInfo['status'][]): number[] {
  return tasks.flatMap(({ engineId, status }) =>
    statuses.includes(status) && engineId !== undefined ? [engineId] : [],
  );
}

function interrupted(sentences: readonly string[]): ShownError {
  const evalue = sentences.join(' ');
  return { ename: 'Interrupted', evalue, traceback: [`Interrupted: ${evalue}`] };
}

function sentence(ids: readonly number[], text: (names: string) => string): string[] {
  return ids.length === 0 ? [] : [text(namesOf(ids))];
}

function blockedSentence(names: string, ids: readonly number[]): string {
  const argument = ids.length === 1 ? String(ids[0]) : `[${ids.join(', ')}]`;
  return (
    `Not stopped: ${names}, blocked in native code. Wait for its end, or ` +
    `await px.restart(${argument}), which starts anew without variables.`
  );
}
