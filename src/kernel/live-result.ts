import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../base/clock.js';
import { escapeHtml } from '../base/html.js';
import { messageOf } from '../base/errors.js';
import type { AsyncResult } from '../client/async-result.js';
import { progressBundle } from '../magics/progress-bar.js';
import type { OutputPort } from '../runtime/output-port.js';
import type { MimeBundle } from '../wire/contents.js';

/**
 * Shows how far `result` is, as it goes on, and what it came to, without waiting for it: the next cell runs
 * meanwhile.
 */
export async function showLive(
  result: AsyncResult<unknown>,
  output: Pick<OutputPort, 'message'>,
  { cellId, clock = systemClock }: { cellId: string; clock?: Clock },
): Promise<void> {
  const transient = { display_id: randomUUID() };
  let shown: string | undefined;
  const show = (data: MimeBundle): void => {
    const text = String(data['text/plain']);
    if (text === shown) return;
    const type = shown === undefined ? 'display_data' : 'update_display_data';
    output.message({ id: cellId, type, content: { data, metadata: {}, transient } });
    shown = text;
  };
  if (!result.done) {
    const over = new AbortController();
    show(progressOf(result));
    void finalBundle(result).then((bundle) => {
      over.abort();
      show(bundle);
    }); // it never rejects
    void keepShowing(() => result.done || show(progressOf(result)), clock, over.signal); // nor this
    return;
  }
  show(await finalBundle(result));
}

async function keepShowing(show: () => unknown, clock: Clock, over: AbortSignal): Promise<void> {
  for (;;) {
    await clock.sleep(periodMs, over);
    if (over.aborted) return;
    show();
  }
}

function progressOf(result: AsyncResult<unknown>): MimeBundle {
  const head = `AsyncResult: ${result.progress} of ${tasks(result.total)} done. Await it for its value.`;
  const bar = progressBundle(result, { noun: 'tasks' });
  return {
    'text/plain': `${head}\n${String(bar['text/plain'])}`,
    'text/html': `<p>${head}</p>${String(bar['text/html'])}`,
  };
}

async function finalBundle(result: AsyncResult<unknown>): Promise<MimeBundle> {
  const text = await finalText(result);
  return { 'text/plain': text, 'text/html': `<p>${escapeHtml(text)}</p>` };
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

const periodMs = 500;
