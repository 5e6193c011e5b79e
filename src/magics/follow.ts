import type { Clock } from '../base/clock.js';
import type { AsyncResult } from '../client/async-result.js';
import type { Client } from '../client/client.js';
import { TimeoutError } from '../client/errors.js';
import { type ShownError, shownError, summarize } from './engine-failures.js';
import { showGathered } from './gathered-display.js';
import type { Grouping, InterruptSignal } from './magic-flags.js';
import type { MagicOutput } from './magic-output.js';
import { OutputsDisplay } from './outputs-display.js';
import { ProgressBar } from './progress-bar.js';
import { type Stopped, stopEngines } from './stop-engines.js';

export interface FollowOptions {
  /** How outputs are gathered and shown at the end; they are shown as they come without. */
  readonly grouping: Grouping | undefined;
  readonly progressAfterMs: number;
  readonly signalOnInterrupt: InterruptSignal;
}

export interface FollowContext {
  readonly output: MagicOutput;
  /** Stop was pressed. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly client: Client | undefined;
}

/**
 * Shows what the engines show, and how far they are, until the last one is done or Stop was pressed.
 *
 * @returns What went wrong, if anything did.
 */
export async function follow(
  result: AsyncResult<unknown>,
  options: FollowOptions,
  context: FollowContext,
): Promise<ShownError | undefined> {
  const { output, signal, clock, client } = context;
  const over = new AbortController();
  const bar = new ProgressBar(result, output, { noun: 'engines' });
  void bar.run({ afterMs: options.progressAfterMs, clock, signal: over.signal }); // it never rejects
  const page = openPage(result, options.grouping, context);
  const ended = page.followed(over.signal);
  const stopped = whenAborted(signal, over.signal).then(() =>
    signal.aborted ? stopEngines(result, options.signalOnInterrupt, client) : undefined,
  );
  await Promise.race([ended, stopped.then((how) => afterStop(how, { clock, over: over.signal }))]);
  over.abort();
  bar.finish(remarkOf(result, signal.aborted));
  page.finish();
  const stop = await stopped;
  if (stop !== undefined) return stop.describe();
  const reason = await rejectionOf(result);
  if (reason === undefined) return undefined;
  return reason instanceof TimeoutError ? shownError(reason) : summarize(await result.settled);
}

/** Where outputs are shown: as they come, or all at the end. */
interface Page {
  followed(over: AbortSignal): Promise<unknown>;
  finish(): void;
}

function openPage(
  result: AsyncResult<unknown>,
  grouping: Grouping | undefined,
  { output, clock }: FollowContext,
): Page {
  const showsErrors = result.total > 1;
  if (grouping !== undefined) {
    return {
      followed: () => result.settled,
      finish: () => showGathered(result.outputs, output, { grouping, showsErrors }),
    };
  }
  const display = new OutputsDisplay(output, { clock, showsErrors });
  return {
    followed: async (over) => {
      for await (const each of result.stream()) {
        if (over.aborted) return;
        display.show(each);
      }
    },
    finish: () => display.finish(result.tasks.flatMap(({ engineId }) => engineId ?? [])),
  };
}

function remarkOf({ tasks }: AsyncResult<unknown>, isStopped: boolean): string {
  if (isStopped) return 'stopped';
  const failed = tasks.filter(({ status }) => status === 'error' || status === 'lost').length;
  return failed === 0 ? '' : `${failed} failed`;
}

function whenAborted(...signals: AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const signal = AbortSignal.any(signals);
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Engines that stopped have a moment to say so; for one that is blocked nobody waits. */
async function afterStop(
  stop: Stopped | undefined,
  { clock, over }: { clock: Clock; over: AbortSignal },
): Promise<void> {
  if (stop?.isWorthWaiting !== false) await clock.sleep(endAfterStopMs, over);
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
