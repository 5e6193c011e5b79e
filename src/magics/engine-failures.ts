import { messageOf } from '../base/errors.js';
import { CancelledError, EngineLostError, howItEnded, RemoteError } from '../client/errors.js';
import type { Settled } from '../client/task.js';
import { namesOf } from './engine-ranges.js';

/** An error as the Jupyter protocol carries it. */
export interface ShownError {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

/** Engines of which the same is to be said. */
interface Group {
  readonly engineIds: number[];
  readonly sentence: string;
}

const sentencesShown = 4;

/**
 * What is left to say at the end of a cell whose errors were shown as they came: which engines failed, and
 * of what, without stacks. Undefined when none failed.
 */
export function summarize(settled: readonly Settled<unknown>[]): ShownError | undefined {
  const failed = settled.filter((each) => each.status === 'rejected');
  const [first] = failed;
  if (first === undefined) return undefined;
  if (settled.length === 1) return shownError(first.reason);
  const sentences = grouped(failed).map(
    ({ engineIds, sentence }) => `${capitalized(namesOf(engineIds))}: ${sentence}`,
  );
  const hidden = Math.max(0, sentences.length - sentencesShown);
  const shown = sentences.slice(0, sentencesShown);
  const count =
    failed.length === settled.length
      ? `All ${failed.length}`
      : `${failed.length} of ${settled.length}`;
  const title = `${count} engines failed.`;
  const rest = hidden === 0 ? [] : [`… and ${hidden} other errors.`];
  return {
    ename: 'CompositeError',
    evalue: `${title} ${sentences[0] ?? ''}${sentences.length > 1 ? ' …' : ''}`,
    traceback: [`CompositeError: ${title}`, ...shown, ...rest],
  };
}

/** An error that was not shown before: that of a cell that had one engine with its stack. */
export function shownError(reason: unknown): ShownError {
  if (reason instanceof RemoteError) {
    const { engineId, remoteName, remoteMessage, remoteStack } = reason;
    const evalue = `[engine ${engineId}] ${remoteMessage}`;
    return {
      ename: remoteName,
      evalue,
      traceback: remoteStack.length > 0 ? remoteStack : [evalue],
    };
  }
  const ename = reason instanceof Error ? reason.name : 'Error';
  return { ename, evalue: messageOf(reason), traceback: [`${ename}: ${messageOf(reason)}`] };
}

function grouped(failed: readonly Settled<unknown>[]): Group[] {
  const groups = new Map<string, Group>();
  for (const each of failed) {
    if (each.status !== 'rejected') continue;
    const sentence = sentenceOf(each.reason);
    const group = groups.get(sentence) ?? { engineIds: [], sentence };
    group.engineIds.push(each.engineId ?? -1);
    groups.set(sentence, group);
  }
  return [...groups.values()];
}

function sentenceOf(reason: unknown): string {
  if (reason instanceof RemoteError) return `${reason.remoteName}: ${reason.remoteMessage}`;
  if (reason instanceof EngineLostError) return howItEnded(reason.death);
  if (reason instanceof CancelledError) return 'stopped';
  return messageOf(reason);
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
