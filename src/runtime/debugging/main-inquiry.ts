import type Inspector from 'node:inspector';
import { type Clock, systemClock } from '../../base/clock.js';
import { ParallelError } from '../../base/errors.js';
import { sharedNowMs } from '../interrupt/interrupt-link.js';
import { type AskedQuestion, askKey, askScript, type DebugQuestion } from './debug-questions.js';

/**
 * Asks the main thread from its I/O worker, in the midst of what it does.
 *
 * @returns what main answered; undefined when it did not within `limitMs`, because it is in native code.
 * @throws {@link ParallelError} `BLOCKED` with what main found wrong.
 */
export async function askMain<Answer>(
  question: DebugQuestion,
  limitMs: number,
  clock: Clock = systemClock,
): Promise<Answer | undefined> {
  const { Session } = await import('node:inspector'); // only when it is needed
  const session = new Session();
  session.connectToMainThread();
  const given = new AbortController();
  try {
    const answered = ask(session, { question, deadlineMs: sharedNowMs() + limitMs });
    const limit = clock.sleep(limitMs, given.signal).then(() => undefined);
    const answer = await Promise.race([answered, limit]);
    return answer === undefined ? undefined : (readAnswer(answer) as Answer);
  } finally {
    given.abort();
    session.disconnect(); // an exit would wait for a session that is open
  }
}

function ask(session: Inspector.Session, asked: AskedQuestion): Promise<string> {
  const call = `globalThis[Symbol.for('${askKey}')](${JSON.stringify(asked)})`;
  const expression = `${call}\n//# sourceURL=${askScript}`;
  // A debugger that waits for the next statement is not to stop at ours.
  const quietly = { silent: true, returnByValue: true, disableBreaks: true };
  return new Promise((resolve, reject) => {
    session.post('Runtime.evaluate', { expression, ...quietly }, (error, reply) => {
      if (error === null) resolve(String(reply.result.value));
      else reject(error);
    });
  });
}

function readAnswer(text: string): unknown {
  const { value, error } = JSON.parse(text) as { value?: unknown; error?: string };
  if (error === undefined) return value;
  throw new ParallelError('BLOCKED', error);
}
