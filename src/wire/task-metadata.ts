import type { EngineDeath, Failed } from './contents.js';
import { failed } from './hub-messages.js';
import type { JsonObject } from './message.js';

/**
 * What the metadata of a request asks of the task scheduler, and those of a reply tell it.
 *
 * Source: ipyparallel 9.2, `TaskScheduler.dispatch_submission` and `LoadBalancedView._really_apply`.
 */
export interface TaskMetadata {
  readonly targets: readonly string[];
  readonly after: DependencyMetadata;
  readonly follow: DependencyMetadata;
  readonly timeoutMs: number | undefined;
  /** Ours: `engine_grace`, in seconds. */
  readonly engineGraceMs: number | undefined;
  readonly retries: number;
}

interface DependencyMetadata {
  readonly ids: readonly string[];
  readonly all: boolean;
  readonly success: boolean;
  readonly failure: boolean;
}

export function parseTaskMetadata(metadata: JsonObject): TaskMetadata {
  const { targets, after, follow, timeout, engine_grace: grace, retries } = metadata;
  return {
    targets: textsOf(targets),
    after: parseDependency(after),
    follow: parseDependency(follow),
    timeoutMs: typeof timeout === 'number' && timeout > 0 ? timeout * 1000 : undefined,
    engineGraceMs: typeof grace === 'number' && grace >= 0 ? grace * 1000 : undefined,
    retries: typeof retries === 'number' && retries > 0 ? retries : 0,
  };
}

/** A list of message ids, or an object that says what counts. */
function parseDependency(value: unknown): DependencyMetadata {
  const usual = { all: true, success: true, failure: false };
  if (typeof value !== 'object' || value === null) return { ids: [], ...usual };
  if (Array.isArray(value)) return { ids: textsOf(value), ...usual };
  const { dependencies, all, success, failure } = value as JsonObject;
  const flag = (given: unknown, otherwise: boolean): boolean =>
    typeof given === 'boolean' ? given : otherwise;
  return {
    ids: textsOf(dependencies),
    all: flag(all, usual.all),
    success: flag(success, usual.success),
    failure: flag(failure, usual.failure),
  };
}

function textsOf(value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : typeof value === 'string' ? [value] : [];
  return list.filter((item) => typeof item === 'string');
}

/** How a reply tells that its task ended. Engines that leave `status` out say it in the content. */
export function taskAnswerOf(reply: {
  readonly metadata: JsonObject;
  readonly content: JsonObject;
}): 'ok' | 'error' | 'aborted' | 'dependency-unmet' {
  const { metadata, content } = reply;
  if (metadata['dependencies_met'] === false) return 'dependency-unmet';
  const status = metadata['status'] ?? content['status'];
  return status === 'ok' || status === 'aborted' ? status : 'error';
}

type Failure =
  | 'engine-lost'
  | 'request-lost'
  | 'impossible-dependency'
  | 'invalid-dependency'
  | 'timed-out'
  | 'no-engines'
  | 'withdrawn';

/** Content of the scheduler's own reply for a task that failed without an engine's answer. */
export function taskFailure(failure: Failure, engine = ''): Failed | { status: 'aborted' } {
  switch (failure) {
    case 'engine-lost':
      return failed('EngineError', `Engine '${engine}' died while running this task.`);
    case 'request-lost':
      return requestLost();
    case 'impossible-dependency':
      return failed(
        'ImpossibleDependency',
        'No engine can run this task any more: what it depends on ended the other way or elsewhere, ' +
          'or the engines it was meant for are gone or have failed it.',
      );
    case 'invalid-dependency':
      return failed(
        'InvalidDependency',
        'This task depends on itself, or on a task that the scheduler does not know.',
      );
    case 'timed-out':
      return failed('TaskTimeout', 'No engine took this task in the time it was given.');
    case 'no-engines':
      return failed('NoEnginesRegistered', 'The last engine is gone, and no other has come.');
    case 'withdrawn':
      return { status: 'aborted' };
  }
}

/** Name of the error in the place of a reply that was lost on the way, or whose request was. */
export const requestLostName = 'RequestLost';

export function requestLost(): Failed {
  return failed(
    requestLostName,
    'The connection to the engine broke while this was under way: it did not arrive, or its answer was ' +
      'lost. Run it again, if it may run twice.',
  );
}

/** Metadata of that reply; `pxlab.death` is ours. */
export function taskFailureMetadata(
  status: 'error' | 'aborted',
  lost?: { engine: string; death: EngineDeath | undefined },
): JsonObject {
  if (lost === undefined) return { status };
  const { engine, death } = lost;
  return { status, engine, ...(death === undefined ? {} : { pxlab: { death } }) };
}
