import { ParallelError } from '../base/errors.js';
import type { Declarations } from '../wire/cell.js';
import type { EngineDeath, Failed, ReplyMetadata } from '../wire/contents.js';
import { deathIn, failureIn } from '../wire/engine-fields.js';
import { objectOf, textOf } from '../wire/fields.js';
import type { JsonObject, Message } from '../wire/message.js';
import { requestLostName, taskFailure } from '../wire/task-metadata.js';
import {
  CancelledError,
  DeclarationsDifferError,
  EngineLostError,
  NoSuchVariableError,
  RemoteError,
  TimeoutError,
} from './errors.js';

/** The answer to one request, in the client's terms. */
export interface TaskReply {
  readonly status: 'ok' | 'error' | 'aborted';
  /** False for an answer that a scheduler made in an engine's place: no outputs follow. */
  readonly isFromEngine: boolean;
  /** True when the request showed nothing: the end of its outputs need not be waited for. */
  readonly isSilent: boolean;
  /** The engine that answered, as far as the reply tells. */
  readonly engineUuid: string | undefined;
  readonly engineId: number | undefined;
  readonly failure: Failed | undefined;
  readonly metadata: Pick<Partial<ReplyMetadata>, 'pxlab'>;
  readonly startedAt: Date | undefined;
  readonly completedAt: Date;
  /** True when the buffers hold the value of the request's last expression. */
  readonly hasValue: boolean;
  readonly buffers: readonly Uint8Array[];
}

export function readReply(
  message: Pick<Message, 'metadata' | 'content' | 'buffers'> & {
    readonly header: { date: string };
  },
): TaskReply {
  const { engine, started, pxlab, pxlab_silent: isSilent } = message.metadata;
  const failure = failureIn(message.content);
  const info = failure?.engine_info;
  const isAborted = message.content['status'] === 'aborted';
  return {
    status: failure === undefined ? (isAborted ? 'aborted' : 'ok') : 'error',
    // An engine says who it is in its errors, and sends no outputs for what it never began.
    isFromEngine: failure === undefined ? !isAborted : info?.engine_id !== undefined,
    engineUuid: textOf(engine),
    engineId: info?.engine_id,
    failure,
    metadata: { pxlab: ownMetadata(pxlab) },
    startedAt: dateOf(textOf(started)),
    completedAt: dateOf(message.header.date) ?? new Date(),
    hasValue: objectOf(pxlab)?.['value'] === true,
    isSilent: isSilent === true,
    buffers: message.buffers,
  };
}

function ownMetadata(value: unknown): NonNullable<ReplyMetadata['pxlab']> {
  const { declarations, death } = objectOf(value) ?? {};
  const known = declarationsIn(objectOf(declarations) ?? {});
  const ended = deathIn(death);
  return { ...(known && { declarations: known }), ...(ended && { death: ended }) };
}

function declarationsIn({ version, text }: JsonObject): Declarations | undefined {
  return typeof version === 'string' && typeof text === 'string' ? { version, text } : undefined;
}

function dateOf(text: string | undefined): Date | undefined {
  const date = new Date(text ?? '');
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** The error that `reply` stands for. `engineId` is that of its task, when it is known. */
export function errorOf(reply: TaskReply, engineId: number | undefined): Error {
  const { failure } = reply;
  const where = reply.engineId ?? engineId;
  if (failure === undefined) return new CancelledError(false, where === undefined ? [] : [where]);
  return reply.isFromEngine
    ? engineError(failure, reply, where ?? -1)
    : schedulerError(failure, where ?? -1, reply.metadata.pxlab?.death);
}

function engineError(failure: Failed, { metadata }: TaskReply, engineId: number): Error {
  const { pxlab } = metadata;
  if (failure.ename === 'DeclarationsDiffer' && pxlab?.declarations !== undefined) {
    return new DeclarationsDifferError(engineId, pxlab.declarations);
  }
  return failure.ename === 'NoSuchVariable'
    ? new NoSuchVariableError(failure.evalue, [engineId])
    : new RemoteError(failure, engineId);
}

/** What ipyparallel's schedulers answer in an engine's place. */
function schedulerError(failure: Failed, engineId: number, death?: EngineDeath): Error {
  switch (failure.ename) {
    case 'EngineError':
      return new EngineLostError(engineId, death ?? { how: 'left' }, true);
    case requestLostName:
      return new ParallelError('REQUEST_LOST', failure.evalue);
    case 'TaskTimeout':
      return new TimeoutError(`No engine could take the task in time: ${failure.evalue}`);
    case 'ImpossibleDependency':
    case 'InvalidDependency':
      return new RemoteError(inWords(failure), -1);
    default:
      return new RemoteError(failure, engineId);
  }
}

/** Python's scheduler gives the name alone. */
function inWords(failure: Failed): Failed {
  if (failure.evalue !== '') return failure;
  const isInvalid = failure.ename === 'InvalidDependency';
  const words = taskFailure(isInvalid ? 'invalid-dependency' : 'impossible-dependency');
  return 'evalue' in words ? { ...failure, evalue: words.evalue } : failure;
}
