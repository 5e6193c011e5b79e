import { ParallelError } from '../../base/errors.js';
import type { InspectReport, InspectRequest, StackReport } from '../../wire/debug-messages.js';
import { CellSources } from '../cell-sources.js';
import { sharedNowMs } from '../interrupt/interrupt-link.js';
import { isOwn } from '../interrupt/struck-frames.js';
import { excerptOf } from '../render-error.js';
import { framesOf } from '../stack-frames.js';
import type { CapturedStack } from './debug-questions.js';
import type { OpenInspector } from './inspector.js';
import { askMain } from './main-inquiry.js';

/** So long main may be in native code before that is what is told. */
const answerLimitMs = 1000;

/** The request that main runs, as its I/O worker knows it. */
export interface KnownRun {
  /** Of its cell. */
  readonly name: string | undefined;
  readonly startedMs: number;
}

/** Where the main thread is right now. It runs on meanwhile. */
export async function stackOfMain(run: KnownRun | undefined): Promise<StackReport> {
  const stack = await askMain<CapturedStack>({ type: 'stack' }, answerLimitMs);
  return stack === undefined ? blocked(run) : reportOf(stack);
}

/** Opens the main thread's debugger, or closes it, whatever that thread runs. */
export async function inspectMain(request: InspectRequest): Promise<InspectReport> {
  if (request.action === 'close') {
    return given(await askMain<InspectReport>({ type: 'close' }, answerLimitMs));
  }
  const question = { type: 'open', port: request.port ?? 0 } as const;
  const { url, isNew } = given(await askMain<OpenInspector>(question, answerLimitMs));
  return { url, wasOpen: !isNew };
}

function given<T>(answer: T | undefined): T {
  if (answer !== undefined) return answer;
  throw new ParallelError(
    'BLOCKED',
    'Its code is in native code, which a debugger cannot enter: nothing answered for ' +
      `${answerLimitMs / 1000} s, and nothing was changed. Try again when that has returned.`,
  );
}

function blocked(run: KnownRun | undefined): StackReport {
  const nothing = { activity: 'blocked', lines: [], excerpt: [] } as const;
  if (run === undefined) return nothing;
  const { name, startedMs } = run;
  const cell = name === undefined ? {} : { cell: name };
  return { ...nothing, ...cell, runningMs: sharedNowMs() - startedMs };
}

function reportOf({ frames, isHalted, cell, cells }: CapturedStack): StackReport {
  const sources = new CellSources(Infinity);
  for (const each of cells) sources.add({ ...each, id: '' });
  const all = framesOf(['', ...frames].join('\n'), sources);
  const found = all.filter(({ isCell, file }) => isCell || !isOwn(file));
  const running = cell && { cell: cell.name, runningMs: sharedNowMs() - cell.startedMs };
  const activity = activityOf({ isHalted, isCode: found.length > 0, isCell: cell !== undefined });
  const lines = found.map(({ functionName, file, line, column }) => ({
    ...{ functionName, file, line, column },
  }));
  return { activity, ...running, lines, excerpt: excerptOf(found, sources) };
}

function activityOf(state: {
  isHalted: boolean;
  isCode: boolean;
  isCell: boolean;
}): StackReport['activity'] {
  if (state.isHalted) return 'halted';
  if (state.isCode) return 'running';
  return state.isCell ? 'awaiting' : 'idle';
}
