import { randomUUID } from 'node:crypto';
import { messageOf } from '../base/errors.js';
import type { AsyncResult } from '../client/async-result.js';
import type { OutputPort } from '../runtime/output-port.js';

/**
 * Shows how far `result` is, and again when it is done, without waiting for it: the next cell runs
 * meanwhile.
 */
export async function showLive(
  result: AsyncResult<unknown>,
  output: OutputPort,
  cellId: string,
): Promise<void> {
  const transient = { display_id: randomUUID() };
  const show = (type: 'display_data' | 'update_display_data', text: string): void => {
    const content = { data: { 'text/plain': text }, metadata: {}, transient };
    output.message({ id: cellId, type, content });
  };
  if (result.done) {
    show('display_data', await finalText(result));
    return;
  }
  show('display_data', progressText(result));
  void finalText(result).then((text) => show('update_display_data', text)); // it never rejects
}

function progressText({ progress, total }: AsyncResult<unknown>): string {
  return `AsyncResult: ${progress} of ${tasks(total)} done. Await it for its value.`;
}

async function finalText(result: AsyncResult<unknown>): Promise<string> {
  const settled = await result.settled;
  const failed = settled.filter((task) => task.status === 'rejected');
  const time = `in ${(result.elapsedMs / 1000).toFixed(2)} s`;
  const [first] = failed;
  if (first === undefined) return `AsyncResult: ${tasks(settled.length)} done ${time}.`;
  const reason = messageOf(first.reason);
  return `AsyncResult: ${failed.length} of ${tasks(settled.length)} failed ${time}: ${reason}`;
}

function tasks(count: number): string {
  return count === 1 ? '1 task' : `${count} tasks`;
}
