import { type Deferred, deferred } from '../base/deferred.js';
import type { FollowRequest } from '../wire/contents.js';
import type { JsonObject } from '../wire/message.js';
import type { Connection } from './connection.js';
import type { OutputHold } from './output-feed.js';
import type { RequestEvent } from './outstanding-state.js';
import type { OutputBody } from './outputs.js';
import { asUnknown, type ReadRecord, readRecord } from './read-record.js';
import type { ShownOutputs } from './shown-outputs.js';
import type { Task } from './task.js';

/** The engine may say that it is done a moment before the hub has its reply: it is asked so often. */
const maxQuestions = 40;
const questionPauseMs = 50;
/** How long the mark of an answer may come after it: they travel on two sockets. */
const markLimitMs = 2000;

export interface FollowOptions {
  readonly maxOutputBytes: number;
  readonly onMetadata?: ((metadata: JsonObject) => void) | undefined;
  /** For a request of this client whose answer may have been lost. */
  readonly recovery?: Recovery | undefined;
}

/** What is known of a request from the time before its connection broke. */
export interface Recovery {
  /** Keeps back what has been published since. */
  readonly hold: OutputHold;
  readonly shown: ShownOutputs;
  /** Whether the hub is asked again after it failed to tell of the request. */
  mayAskAgain(reason: unknown): Promise<boolean>;
  /** What the user is told when it is not. */
  failure(reason: unknown): unknown;
}

/** A request of another client, or of an earlier life: what the hub knows of it, then what comes. */
export class FollowedRequest {
  readonly #connection: Connection;
  readonly #task: Task;
  readonly #options: FollowOptions;
  readonly #loaded: Deferred = deferred();
  #wake: (() => void) | undefined;
  #hasNews = false;
  #isStopped = false;

  constructor(connection: Connection, task: Task, options: FollowOptions) {
    this.#connection = connection;
    this.#task = task;
    this.#options = options;
  }

  /** Resolves when what the hub knew of it is in its log, or when that failed. */
  get loaded(): Promise<void> {
    return this.#loaded.promise;
  }

  async run(): Promise<void> {
    const ends = this.#watch();
    const { messageId: id } = this.#task;
    const { recovery } = this.#options;
    const hold = recovery?.hold ?? this.#connection.feed.hold(id);
    try {
      const isOver = await this.#loadInTheEnd(hold);
      this.#loaded.resolve();
      if (!isOver) await this.#follow(hold);
    } catch (error) {
      const reason = recovery === undefined ? error : recovery.failure(error);
      this.#handle({ type: 'abandoned', id, reason });
    } finally {
      this.#release(hold);
      this.#loaded.resolve();
      for (const end of ends) end();
    }
  }

  /** From now on it tells nothing any more. */
  stop(): void {
    this.#isStopped = true;
    this.#hasNews = true;
    this.#wake?.();
  }

  async #loadInTheEnd(hold: OutputHold): Promise<boolean> {
    for (;;) {
      try {
        return await this.#load(hold);
      } catch (reason) {
        if (this.#isStopped || !(await this.#options.recovery?.mayAskAgain(reason))) throw reason;
      }
    }
  }

  /** What the engine says, and the loss of any engine, may be news. */
  #watch(): (() => void)[] {
    const { feed, directory } = this.#connection;
    const onNews = (): void => {
      this.#hasNews = true;
      this.#wake?.();
    };
    return [
      feed.onEnd((id) => id === this.#task.messageId && onNews()),
      directory.onChange(onNews),
      this.#connection.onEnd(onNews),
    ];
  }

  /** @returns true when the task is finished. */
  async #load(hold: OutputHold): Promise<boolean> {
    const record = await this.#ask(hold.mark);
    if (!this.#connection.hasMarks) return this.#finishWithOutputs(record, hold);
    await this.#awaitMark(hold);
    this.#show(record);
    this.#release(hold);
    if (record.state === 'idle') this.#hasNews = true;
    return this.#finish(record);
  }

  /**
   * Hubs of others tell texts when the request has ended, all of them, and no displays: until then what is
   * published is kept back, or texts would come twice.
   */
  #finishWithOutputs(record: ReadRecord, hold: OutputHold): boolean {
    if (record.reply === undefined) return false;
    this.#show(record);
    this.#release(hold, ({ type }) => type === 'display' || type === 'display-update');
    return this.#finish(record);
  }

  /** Without its mark, what came meanwhile is rather shown twice than lost. */
  async #awaitMark(hold: OutputHold): Promise<void> {
    const isOver = new AbortController();
    await Promise.race([hold.passed, this.#connection.clock.sleep(markLimitMs, isOver.signal)]);
    isOver.abort();
  }

  async #follow(hold: OutputHold): Promise<void> {
    do {
      if (!this.#hasNews) await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#hasNews = false;
      if (this.#isStopped) return;
    } while (!(await this.#askOften(hold)));
  }

  /** Our hub says when the result is in its records; with those of others it is there soon after news. */
  async #askOften(hold: OutputHold): Promise<boolean> {
    if (this.#connection.hasMarks) return this.#finish(await this.#ask());
    for (let count = 0; count < maxQuestions; count += 1) {
      if (this.#finishWithOutputs(await this.#ask(), hold)) return true;
      await this.#connection.clock.sleep(questionPauseMs);
    }
    return false;
  }

  /** With a mark, what was shown comes along. */
  async #ask(mark?: string): Promise<ReadRecord> {
    const { messageId: id } = this.#task;
    const { maxOutputBytes } = this.#options;
    const pxlab: FollowRequest =
      mark === undefined ? { maxOutputBytes: 0 } : { mark, maxOutputBytes };
    const content = { msg_ids: [id], status_only: false, pxlab };
    const answer = await this.#connection
      .query('result_request', content)
      .catch((error: unknown) => Promise.reject(asUnknown(error, id) as Error));
    const record = readRecord(answer, id);
    this.#options.onMetadata?.(record.metadata);
    this.#place(record);
    return record;
  }

  #place({ engineId, engineUuid, sentAt, state }: ReadRecord): void {
    const known = engineId ?? this.#connection.directory.byUuid(engineUuid ?? '')?.id;
    const { messageId: id } = this.#task;
    this.#task.recall({ engineId: known, sentAt });
    const isBegun = state !== undefined || (!this.#connection.hasMarks && known !== undefined);
    if (isBegun && this.#task.status === 'queued') {
      this.#handle({ type: 'started', id, engineId: known });
    }
  }

  /** Who follows the request from here on shows what was kept, from the record. */
  #release(hold: OutputHold, isWanted?: (output: OutputBody) => boolean): void {
    if (this.#isStopped) hold.discard();
    else hold.release(isWanted);
  }

  #show({ outputs }: ReadRecord): void {
    for (const output of this.#newIn(outputs)) {
      this.#handle({ type: 'output', id: this.#task.messageId, output });
    }
  }

  #newIn(outputs: readonly OutputBody[]): readonly OutputBody[] {
    const { recovery } = this.#options;
    return recovery === undefined ? outputs : recovery.shown.newIn(outputs);
  }

  #finish({ reply, state }: ReadRecord): boolean {
    if (reply === undefined) return false;
    const { messageId: id } = this.#task;
    if (state === 'idle') this.#handle({ type: 'idle', id });
    this.#handle({ type: 'replied', id, reply });
    return true;
  }

  #handle(event: RequestEvent): void {
    if (this.#isStopped) return;
    this.#connection.outstanding.handle(event);
  }
}
