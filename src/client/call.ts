import { copyId } from '../wire/broadcast-messages.js';
import { AsyncResult, type CallOptions } from './async-result.js';
import type { Connection } from './connection.js';
import type { Dispatcher, Pack } from './dispatcher.js';
import type { Engine } from './engine-directory.js';
import type { SourceCompiler } from './source-compiler.js';
import { limitsOfTask } from './output-log.js';
import type { Targets } from './targets.js';
import { Task, type TaskOptions } from './task.js';

/** What the views of one client share. */
export interface ViewContext {
  readonly connection: Connection;
  readonly dispatcher: Dispatcher;
  readonly compiler: SourceCompiler;
  /** What ends the calls that are made now, whatever their own options say. */
  readonly currentSignal?: () => AbortSignal | undefined;
  /** Gives a view magics of its own; where there are magics. */
  readonly activate?: (suffix: string | number, targets: Targets) => void;
}

export interface Call<T> {
  /** One task each; undefined is a task for which a scheduler finds an engine. */
  readonly engines: readonly (Engine | undefined)[];
  readonly pack: Pack | Promise<Pack>;
  readonly valueOf: TaskOptions['valueOf'];
  readonly combine: (values: readonly unknown[]) => T;
  readonly onFailure?: TaskOptions['onFailure'];
  readonly options: CallOptions;
  /** The requests leave as one, which the controller copies: `pack` makes the same for all. */
  readonly isBroadcast?: boolean;
}

/** Sends a request to each engine; the handle is there at once. */
export function startCall<T, Item>(context: ViewContext, call: Call<T>): AsyncResult<T, Item> {
  const { connection, dispatcher } = context;
  const { engines, pack, valueOf, combine, onFailure, isBroadcast = false } = call;
  const options = withCurrentSignal(call.options, context);
  options.signal?.throwIfAborted();
  const outputLimits = limitsOfTask(engines.length);
  const broadcastId = isBroadcast ? connection.session.newMessageId() : undefined;
  const tasks = engines.map((engine) => {
    const messageId =
      broadcastId === undefined || engine === undefined
        ? connection.session.newMessageId()
        : copyId(broadcastId, engine.uuid);
    return new Task({ messageId, engine, valueOf, onFailure, outputLimits });
  });
  dispatcher.submit(tasks, pack, broadcastId);
  return new AsyncResult<T, Item>({
    tasks,
    combine,
    options,
    clock: connection.clock,
    cancel: (some, how) => dispatcher.cancel(some, how),
    abandon: (some, reason) => dispatcher.abandon(some, reason),
  });
}

function withCurrentSignal(options: CallOptions, { currentSignal }: ViewContext): CallOptions {
  const current = currentSignal?.();
  if (current === undefined) return options;
  const { signal } = options;
  return {
    ...options,
    signal: signal === undefined ? current : AbortSignal.any([signal, current]),
  };
}
