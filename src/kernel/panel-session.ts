import type { MessagePort } from 'node:worker_threads';
import { messageOf } from '../base/errors.js';
import type { NotebookSession } from '../px/session.js';
import type { ToMain, ToWorker } from './messages.js';

/** Does in the notebook's session what the panel asked, and tells the I/O worker what came of it. */
export async function answerPanel(
  { id, command }: Extract<ToMain, { type: 'panel' }>,
  { session, port }: { readonly session: NotebookSession; readonly port: MessagePort },
): Promise<void> {
  const tell = (message: ToWorker): void => port.postMessage(message);
  tell({ type: 'panel-taken', id });
  try {
    if (command.type === 'connect') await session.connect({ clusterId: command.clusterId });
    else await session.start(command.n === undefined ? {} : { n: command.n });
    tell({ type: 'panel-done', id });
  } catch (error) {
    tell({ type: 'panel-failed', id, message: messageOf(error) });
  }
}
