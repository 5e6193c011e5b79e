import { messageOf } from '../base/errors.js';
import { CancelledError, EngineLostError, RemoteError } from './errors.js';
import type { Engine } from './engine-directory.js';
import { OutputLog, type OutputLimits } from './output-log.js';
import type { Ending } from './outstanding-state.js';
import type { OutputBody } from './outputs.js';
import { errorOf, type TaskReply } from './task-reply.js';

export type TaskStatus = 'queued' | 'running' | 'ok' | 'error' | 'cancelled' | 'lost';

/** One request on one engine, as `AsyncResult.tasks` shows it. */
export interface TaskInfo {
  readonly messageId: string;
  /** Undefined for a load-balanced task until an engine begins it. */
  readonly engineId: number | undefined;
  readonly status: TaskStatus;
  /** By the engine's clock. */
  readonly startedAt: Date | undefined;
  readonly completedAt: Date | undefined;
  readonly reply: TaskReply | undefined;
}

export type Settled<T> =
  | { readonly status: 'fulfilled'; readonly engineId: number | undefined; readonly value: T }
  | {
      readonly status: 'rejected';
      readonly engineId: number | undefined;
      readonly reason: unknown;
    };

export interface TaskOptions {
  readonly messageId: string;
  /** Undefined when a scheduler chooses. */
  readonly engine: Engine | undefined;
  readonly outputLimits?: OutputLimits;
  /** The value in an `ok` reply. */
  readonly valueOf: (reply: TaskReply, engine: Engine | undefined) => unknown;
  /** May take a failure over, to send the request again: then the task goes on. */
  readonly onFailure?: ((task: Task, reason: unknown) => boolean) | undefined;
}

/** A request on its way: what came of it so far, and listeners for the rest. */
export class Task implements TaskInfo {
  readonly log: OutputLog;
  readonly #options: TaskOptions;
  readonly #listeners: (() => void)[] = [];
  #messageId: string;
  #engineId: number | undefined;
  #status: TaskStatus = 'queued';
  #reply: TaskReply | undefined;
  #settled: Settled<unknown> | undefined;
  #sentAt: Date | undefined;
  #wasCancelled = false;
  #showsError = false;

  constructor(options: TaskOptions) {
    this.#options = options;
    this.#messageId = options.messageId;
    this.#engineId = options.engine?.id;
    this.log = new OutputLog(this, options.outputLimits);
  }

  get messageId(): string {
    return this.#messageId;
  }

  get engine(): Engine | undefined {
    return this.#options.engine;
  }

  get engineId(): number | undefined {
    return this.#engineId;
  }

  get status(): TaskStatus {
    return this.#status;
  }

  get startedAt(): Date | undefined {
    return this.#reply?.startedAt;
  }

  get completedAt(): Date | undefined {
    return this.#reply?.completedAt;
  }

  /** By the clock of its sender; known of a request that is found again. */
  get sentAt(): Date | undefined {
    return this.#sentAt;
  }

  get reply(): TaskReply | undefined {
    return this.#reply;
  }

  get settled(): Settled<unknown> | undefined {
    return this.#settled;
  }

  /** Its failure is to be told as a cancellation from now on. */
  markCancelled(): void {
    if (this.#settled === undefined) this.#wasCancelled = true;
  }

  markRunning(engineId: number | undefined): void {
    this.#status = 'running';
    this.#engineId ??= engineId;
  }

  /** What the hub knows of a request that is found again. */
  recall({ engineId, sentAt }: { engineId: number | undefined; sentAt: Date | undefined }): void {
    this.#engineId ??= engineId;
    this.#sentAt ??= sentAt;
  }

  show(output: OutputBody, order: number): void {
    if (output.type === 'error') this.#showsError = true;
    this.log.append(output, order);
  }

  /** The request is sent again under a new id. */
  renew(messageId: string): void {
    this.#messageId = messageId;
    this.#status = 'queued';
  }

  /**
   * Ends the task, unless its request is sent again. A failure that no output told of yet becomes its
   * last output, at place `order`.
   */
  finish(ending: Ending, order: number): void {
    if (this.#settled !== undefined) return;
    if (ending.type === 'replied') this.#take(ending.reply);
    const reason = this.#failureOf(ending);
    if (reason === undefined) this.#succeed(ending);
    else if (this.#options.onFailure?.(this, reason) !== true) this.#fail(reason, order);
  }

  /** Calls `listener` once the task is settled, at once when it is. */
  whenSettled(listener: () => void): void {
    if (this.#settled === undefined) this.#listeners.push(listener);
    else listener();
  }

  #take(reply: TaskReply): void {
    this.#reply = reply;
    this.#engineId ??= reply.engineId;
  }

  #failureOf(ending: Ending): unknown {
    switch (ending.type) {
      case 'replied':
        return ending.reply.status === 'ok' ? undefined : errorOf(ending.reply, this.#engineId);
      case 'engine-lost':
        return new EngineLostError(this.#engineId ?? -1, ending.death, ending.wasRunning);
      case 'failed':
        return ending.reason;
    }
  }

  #succeed(ending: Ending): void {
    try {
      const value =
        ending.type === 'replied' ? this.#options.valueOf(ending.reply, this.engine) : undefined;
      this.#settle('ok', { status: 'fulfilled', engineId: this.#engineId, value });
    } catch (error) {
      this.#settle('error', { status: 'rejected', engineId: this.#engineId, reason: error });
    }
  }

  #fail(reason: unknown, order: number): void {
    const final = this.#wasCancelled ? this.#asCancellation(reason) : reason;
    if (!this.#showsError) this.log.append(errorOutput(final), order);
    this.#settle(statusOf(final), {
      status: 'rejected',
      engineId: this.#engineId,
      reason: final,
    });
  }

  /** What an interrupted task threw is the cause; the death of an engine stays what it is. */
  #asCancellation(reason: unknown): unknown {
    if (reason instanceof EngineLostError || reason instanceof CancelledError) return reason;
    const engineIds = this.#engineId === undefined ? [] : [this.#engineId];
    return new CancelledError(reason instanceof RemoteError, engineIds, { cause: reason });
  }

  #settle(status: TaskStatus, settled: Settled<unknown>): void {
    this.#status = status;
    this.#settled = settled;
    this.log.close();
    for (const listener of this.#listeners.splice(0)) listener();
  }
}

function statusOf(reason: unknown): TaskStatus {
  if (reason instanceof EngineLostError) return 'lost';
  return reason instanceof CancelledError ? 'cancelled' : 'error';
}

function errorOutput(reason: unknown): OutputBody {
  if (reason instanceof RemoteError) {
    const { remoteName: name, remoteMessage: message, remoteStack: traceback } = reason;
    return { type: 'error', name, message, traceback };
  }
  const name = reason instanceof Error ? reason.name : 'Error';
  return { type: 'error', name, message: messageOf(reason), traceback: [] };
}
