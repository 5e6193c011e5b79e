import type { Reply } from '../wire/contents.js';
import type { Outgoing, Session } from '../wire/message.js';
import type { ShellRequest } from './shell.js';

/** A request that nobody sent, for what an engine runs before all others: its failure is logged. */
export function startupRequest(
  code: string,
  { session, writeLog }: { readonly session: Session; readonly writeLog: (text: string) => void },
): ShellRequest {
  const message = session.message({
    type: 'execute_request',
    content: { code, silent: true, user_expressions: {} },
  });
  const note = ({ content }: Outgoing): void => {
    const reply = content as Reply; // of this engine's own
    if (reply.status === 'error') writeLog(`${reply.traceback.join('\n')}\n`);
  };
  return {
    message,
    ids: [message.header.msg_id],
    reply: (outgoing) => {
      note(outgoing);
      return Promise.resolve();
    },
    replyAtOnce: note,
  };
}
