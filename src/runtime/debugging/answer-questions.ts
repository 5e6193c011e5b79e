import { messageOf } from '../../base/errors.js';
import { capturedCalls, linesOf } from '../captured-calls.js';
import type { CellSources } from '../cell-sources.js';
import { sharedNowMs } from '../interrupt/interrupt-link.js';
import { fileOfLine } from '../interrupt/struck-frames.js';
import {
  type AskedQuestion,
  askKey,
  askScript,
  type CapturedStack,
  type DebugQuestion,
} from './debug-questions.js';
import { closeInspector, isHalted, openInspector } from './inspector.js';

/** What the questions are about. */
export interface Debuggable {
  readonly sources: Pick<CellSources, 'find'>;
  /** The cell that runs; `startedMs` by `sharedNowMs`. */
  readonly running: { readonly name: string; readonly startedMs: number } | undefined;
}

/** Which V8's calls are, as the lines of a stack. */
interface Printed {
  toString(): string;
}

const globals = globalThis as unknown as Record<symbol, unknown>;
const { stringify } = JSON;

/**
 * Answers what the I/O worker asks about this thread through the inspector, in the midst of whatever runs.
 *
 * @returns what ends it.
 */
export function answerDebugQuestions(target: Debuggable): () => void {
  globals[Symbol.for(askKey)] = (asked: AskedQuestion): string => answer(asked, target);
  return () => {
    globals[Symbol.for(askKey)] = undefined;
  };
}

/** Above the code in question, as in `InterruptReceiver`: no regular expression, no await. */
function answer({ question, deadlineMs }: AskedQuestion, target: Debuggable): string {
  // Whoever asked was told that no answer came: a debugger that opens later would surprise.
  if (sharedNowMs() > deadlineMs) return stringify({ error: 'too late' });
  try {
    return stringify({ value: valueFor(question, target) });
  } catch (error) {
    return stringify({ error: messageOf(error) });
  }
}

function valueFor(question: DebugQuestion, target: Debuggable): unknown {
  switch (question.type) {
    case 'open':
      return openInspector(question.port);
    case 'close':
      return { wasOpen: closeInspector() };
    case 'stack':
      return capturedStack(target);
  }
}

function capturedStack({ sources, running }: Debuggable): CapturedStack {
  const calls = capturedCalls((call: Printed) => `    at ${call.toString()}`);
  const lines = typeof calls === 'string' ? linesOf(calls) : calls;
  const frames = lines.slice(lines.findIndex((line) => line.includes(askScript)) + 1);
  return {
    frames,
    isHalted: isHalted(),
    ...(running === undefined ? {} : { cell: running }),
    cells: [...new Set(frames.map(fileOfLine))].flatMap((file) => sources.find(file) ?? []),
  };
}
