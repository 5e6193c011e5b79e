import type { Clock } from '../base/clock.js';
import type { AsyncResult } from '../client/async-result.js';
import type { NotebookSession } from '../px/session.js';
import type { ShownError } from './engine-failures.js';
import { follow } from './follow.js';
import { type MagicContext, type MagicOutcome, outcomeOf } from './magic-context.js';
import type { MagicFlags } from './magic-flags.js';
import type { PxPart } from './parts.js';
import { configured, type PxConfig } from './px-config.js';
import { rangesOf } from './engine-ranges.js';

/** A notebook, and the time. */
export interface PxSurroundings {
  readonly session: NotebookSession;
  readonly clock: Clock;
}

/**
 * Runs the code of `%px` or `%%px` on its engines and shows what they publish while they run.
 *
 * @param how - `onSent` is called with the result as soon as there is one.
 */
export async function runPx(
  { code, flags }: PxPart,
  how: PxSurroundings & { config: PxConfig; onSent: (result: AsyncResult<unknown[]>) => void },
  context: MagicContext,
): Promise<MagicOutcome> {
  const { session, clock } = how;
  const config = configured(how.config, flags);
  const { result } = await send(code, { session, config, flags }, context);
  how.onSent(result);
  if (config.isVerbose) context.output.stream('stdout', announcement(result, config));
  if (flags.out !== undefined) keep(result, flags.out, session);
  const isLocal = flags.isLocal === true;
  const local = isLocal
    ? (refusalOf(result, session) ?? (await context.runLocally(code)))
    : undefined;
  if (!config.block) return local === undefined ? { status: 'ok', result } : outcomeOf(local);
  const options = { ...config, grouping: groupingOf(flags, config) };
  const { output, signal } = context;
  const remote = await follow(result, options, {
    ...{ output, signal, clock },
    client: session.connected,
  });
  if (local !== undefined && remote !== undefined) {
    context.output.stream('stderr', `${remote.traceback.join('\n')}\n`);
  }
  return outcomeOf(local ?? remote);
}

/** The notebook speaks TypeScript only. */
function refusalOf(
  { tasks }: AsyncResult<unknown>,
  { connected }: NotebookSession,
): ShownError | undefined {
  const isPython = tasks.some(({ engineId }) =>
    connected?.engines.some(({ id, language }) => id === engineId && language === 'python'),
  );
  if (!isPython) return undefined;
  const evalue =
    '--local runs the cell in the notebook too, whose language is TypeScript, and this cell is Python. It ran on its engines alone.';
  return { ename: 'ParallelError', evalue, traceback: [`ParallelError: ${evalue}`] };
}

/** @returns The result in an object: a promise of the result itself would be one of its values. */
function send(
  code: string,
  { session, config, flags }: { session: NotebookSession; config: PxConfig; flags: MagicFlags },
  { cellName, signal }: MagicContext,
): Promise<{ result: AsyncResult<unknown[]> }> {
  const { timeoutMs } = flags;
  const cell = {
    code,
    name: cellName,
    targets: config.targets,
    wantsValues: flags.out !== undefined || !config.block,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
  return session.executeOnEngines(cell, { signal });
}

/** Makes the result a variable of the notebook. */
export function keep(result: AsyncResult<unknown>, name: string, session: NotebookSession): void {
  session.notebook.define({ name, value: result, type: resultType });
}

const resultType = "import('pxlab').AsyncResult<unknown[]>";

/** To ask for an arrangement is to ask for outputs at the end, unless both were asked for. */
function groupingOf(
  { stream, grouping }: MagicFlags,
  config: PxConfig,
): MagicFlags['grouping'] | undefined {
  if (stream === undefined && grouping !== undefined) return grouping;
  return config.stream ? undefined : (grouping ?? 'type');
}

/** Source of the words: ipyparallel 9.2, `ipyparallel/client/magics.py`, `parallel_execute`. */
function announcement({ tasks }: AsyncResult<unknown>, { block, targets }: PxConfig): string {
  const ids = tasks.flatMap(({ engineId }) => engineId ?? []);
  const engines = targets === 'all' ? 'all' : `[${rangesOf(ids)}]`;
  return `${block ? 'Parallel' : 'Async parallel'} execution on engine(s): ${engines}\n`;
}
