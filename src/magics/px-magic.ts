import { type Clock, systemClock } from '../base/clock.js';
import type { AsyncResult } from '../client/async-result.js';
import type { InterruptOutcome } from '../client/dispatcher.js';
import { TimeoutError } from '../client/errors.js';
import type { NotebookSession } from '../px/session.js';
import { TypeScriptError } from '../px/typescript-error.js';
import { type ShownError, shownError, summarize } from './engine-failures.js';
import type { MagicOutput } from './magic-output.js';
import { OutputsDisplay } from './outputs-display.js';
import type { PxPart } from './parse-cell.js';
import { stopOutcome } from './stop-outcome.js';

export interface PxContext {
  readonly session: NotebookSession;
  readonly output: MagicOutput;
  /** Name of the notebook's cell: `Cell [3]`. */
  readonly cellName: string;
  /** Stop was pressed. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/** What came of a magic: the kernel shows the error, and a result as it shows the value of a cell. */
export type MagicOutcome =
  | { readonly status: 'ok'; readonly result?: AsyncResult<unknown> }
  | { readonly status: 'error'; readonly error: ShownError };

/**
 * Runs the code of `%px` or `%%px` on its engines and shows what they publish while they run.
 *
 * Never rejects: what goes wrong is an outcome.
 */
export async function runPx(part: PxPart, context: PxContext): Promise<MagicOutcome> {
  try {
    return await run(part, context);
  } catch (error) {
    return { status: 'error', error: errorOf(error, context) };
  }
}

async function run({ code, flags }: PxPart, context: PxContext): Promise<MagicOutcome> {
  const { session, cellName: name, signal } = context;
  const { targets = 'all', timeoutMs, out, block = true } = flags;
  const { result } = await session.executeOnEngines(
    {
      code,
      name,
      targets,
      wantsValues: out !== undefined || !block,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    },
    { signal },
  );
  if (out !== undefined) {
    session.notebook.define({ name: out, value: result, type: resultType });
  }
  if (!block) return { status: 'ok', result };
  const error = await follow(result, context);
  return error === undefined ? { status: 'ok' } : { status: 'error', error };
}

function errorOf(error: unknown, { signal }: PxContext): ShownError {
  if (signal.aborted) return stopOutcome([], []);
  if (!(error instanceof TypeScriptError)) return shownError(error);
  const traceback = error.message.split('\n');
  return { ename: error.name, evalue: traceback[0] ?? '', traceback };
}

const resultType = "import('pxlab').AsyncResult<unknown[]>";

/** Shows the outputs until the last engine is done, or until Stop found one that does not stop. */
async function follow(
  result: AsyncResult<unknown>,
  { output, signal, clock = systemClock }: PxContext,
): Promise<ShownError | undefined> {
  const display = new OutputsDisplay(output, { clock, showsErrors: result.total > 1 });
  const over = new AbortController();
  const ended = showAll(result, display, over.signal);
  const stopped = stopWhenAsked(result, signal, over.signal);
  await Promise.race([
    ended,
    stopped.then((outcomes) => afterStop(outcomes, { clock, signal: over.signal })),
  ]);
  over.abort();
  display.finish(result.tasks.flatMap(({ engineId }) => engineId ?? []));
  const outcomes = await stopped;
  if (outcomes !== undefined) return stopOutcome(outcomes, result.tasks);
  const reason = await rejectionOf(result);
  if (reason === undefined) return undefined;
  return reason instanceof TimeoutError ? shownError(reason) : summarize(await result.settled);
}

async function showAll(
  result: AsyncResult<unknown>,
  display: OutputsDisplay,
  over: AbortSignal,
): Promise<void> {
  for await (const output of result.stream()) {
    if (over.aborted) return;
    display.show(output);
  }
}

/** What Stop did, once it was pressed; undefined when the cell was over before. */
async function stopWhenAsked(
  result: AsyncResult<unknown>,
  signal: AbortSignal,
  over: AbortSignal,
): Promise<readonly InterruptOutcome[] | undefined> {
  await eitherAborted(signal, over);
  return signal.aborted ? result.cancel() : undefined;
}

function eitherAborted(...signals: AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const signal = AbortSignal.any(signals);
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Engines that stopped have a moment to say so; for one that is blocked nobody waits. */
async function afterStop(
  outcomes: readonly InterruptOutcome[] | undefined,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<void> {
  const isBlocked = outcomes?.some(({ outcome }) => outcome === 'blocked') ?? false;
  if (!isBlocked) await clock.sleep(endAfterStopMs, signal);
}

const endAfterStopMs = 3000;

async function rejectionOf(result: AsyncResult<unknown>): Promise<unknown> {
  try {
    await result;
    return undefined;
  } catch (error) {
    return error;
  }
}
