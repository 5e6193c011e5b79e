import { inspect } from 'node:util';
import type { Clock } from '../base/clock.js';
import { type Deferred, deferred } from '../base/deferred.js';
import type { CancelOptions, InterruptOutcome } from './dispatcher.js';
import { TimeoutError } from './errors.js';
import { failureOf } from './failure.js';
import { followLogs } from './output-log.js';
import { type EngineOutputs, gatherOutputs, type Output } from './outputs.js';
import { summaryOf } from './result-summary.js';
import type { Settled, Task, TaskInfo } from './task.js';

/** Marks an {@link AsyncResult} of any copy of this package: a notebook shows one as a live view. */
const brand = Symbol.for('pxlab.AsyncResult');

export function isAsyncResult(value: unknown): value is AsyncResult<unknown> {
  return typeof value === 'object' && value !== null && brand in value;
}

export interface CallOptions {
  /** Gives up waiting, drops what has not started and interrupts what runs. */
  readonly signal?: AbortSignal;
  /** From the call to the last reply. @defaultValue no limit */
  readonly timeoutMs?: number;
}

/** What a result is made of. */
export interface ResultParts<T> {
  readonly tasks: readonly Task[];
  /** Makes the result's value of those of its tasks, in their order. */
  readonly combine: (values: readonly unknown[]) => T;
  readonly options: CallOptions;
  readonly clock: Clock;
  readonly cancel: (
    tasks: readonly Task[],
    options: CancelOptions,
  ) => Promise<readonly InterruptOutcome[]>;
  readonly abandon: (tasks: readonly Task[], reason: unknown) => void;
}

/** How long after giving up the outputs may go on, in an engine that does not stop. */
const abandonAfterMs = 3000;

/**
 * The handle of one call on one or several engines. Awaited, it is the value, or fails with the error of
 * the engine (a `CompositeError` when several failed) once all have answered and all they printed is
 * here. Iterated with `for await`, it gives the values as they come. An error that nobody awaits is kept
 * and never takes the process down.
 */
export class AsyncResult<T, Item = unknown> implements PromiseLike<T>, AsyncIterable<Item> {
  readonly #parts: ResultParts<T>;
  readonly #value: Deferred<T> = deferred<T>();
  readonly #settled: Deferred<readonly Settled<Item>[]> = deferred<readonly Settled<Item>[]>();
  /** In the order in which they were settled. */
  readonly #finished: Task[] = [];
  readonly #waiting = new Set<() => void>();
  /** Ends what watches for the limits of the call; there when it has any. */
  #over: AbortController | undefined;
  readonly #startedMs: number;
  #elapsedMs: number | undefined;

  constructor(parts: ResultParts<T>) {
    this.#parts = parts;
    this.#startedMs = parts.clock.now();
    // A result nobody awaits must not take the kernel down; whoever awaits still sees the error.
    this.#value.promise.catch(() => undefined);
    for (const task of parts.tasks) task.whenSettled(() => this.#onSettled(task));
    if (parts.tasks.length === 0) this.#finish();
    this.#watchLimits(parts.options);
  }

  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#value.promise.then(onFulfilled, onRejected);
  }

  /** The values as they come, the quickest engine's first; failures are thrown after the last value. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, void> {
    for (let next = 0; next < this.total; next += 1) {
      while (this.#finished.length <= next && !this.done) await this.#change();
      const settled = this.#finished[next]?.settled as Settled<Item> | undefined;
      if (settled === undefined) break;
      if (settled.status === 'fulfilled') yield settled.value;
    }
    await this.#value.promise;
  }

  /**
   * All outputs in the order they came: what there was, then what comes, until the last task is done. What
   * a task shows after its end, as by a timer, comes as long as another one of the call runs; later it is
   * only added to `outputs`.
   */
  stream(): AsyncGenerator<Output, void, void> {
    return followLogs(this.#parts.tasks.map((task) => task.log));
  }

  /** What each engine showed so far, in engine order. */
  get outputs(): readonly EngineOutputs[] {
    return this.#parts.tasks.map((task) => gatherOutputs(task.engineId, task.log.outputs()));
  }

  /** Values, or errors, by engine; never rejects. It comes when the last engine has answered. */
  get settled(): Promise<readonly Settled<Item>[]> {
    return this.#settled.promise;
  }

  /** True when the value or the error is there. */
  get done(): boolean {
    return this.#elapsedMs !== undefined;
  }

  /** Number of tasks, which is that of the engines for a direct view. */
  get total(): number {
    return this.#parts.tasks.length;
  }

  /** Number of tasks that are finished, well or not. */
  get progress(): number {
    return this.#finished.length;
  }

  /** From the call to the last answer, or to now. */
  get elapsedMs(): number {
    return this.#elapsedMs ?? this.#recalledMs() ?? this.#parts.clock.now() - this.#startedMs;
  }

  /** What the engines worked, added up: what it would have taken one after the other. */
  get serialMs(): number {
    return this.#parts.tasks.reduce((sum, { startedAt, completedAt }) => {
      if (startedAt === undefined || completedAt === undefined) return sum;
      return sum + Math.max(0, completedAt.getTime() - startedAt.getTime());
    }, 0);
  }

  /** The values that there are, in task order; undefined where there is none (yet). */
  partial(): (Item | undefined)[] {
    return this.#parts.tasks.map(({ settled }) =>
      settled?.status === 'fulfilled' ? (settled.value as Item) : undefined,
    );
  }

  /** Ids of the requests, by which {@link Client.result} finds them again. */
  get messageIds(): readonly string[] {
    return this.#parts.tasks.map((task) => task.messageId);
  }

  get tasks(): readonly TaskInfo[] {
    return this.#parts.tasks;
  }

  /**
   * Drops what has not started, and interrupts what runs unless `queuedOnly`. The result then fails with
   * a `CancelledError` where something was left to cancel; values that are there stay in `partial()`.
   *
   * @returns What it did on each engine where something ran; `blocked` is one that does not stop.
   */
  cancel(options: CancelOptions = {}): Promise<readonly InterruptOutcome[]> {
    return this.#parts.cancel(this.#parts.tasks, options);
  }

  get [Symbol.toStringTag](): string {
    return 'AsyncResult';
  }

  #onSettled(task: Task): void {
    this.#finished.push(task);
    if (this.#finished.length === this.total) this.#finish();
    this.#notify();
  }

  #finish(): void {
    const settled = this.#parts.tasks.flatMap((each) => each.settled ?? []);
    this.#settled.resolve(settled as readonly Settled<Item>[]);
    const failure = failureOf(settled);
    if (failure !== undefined) {
      this.#value.reject(failure);
    } else {
      const values = settled.map((each) => (each.status === 'fulfilled' ? each.value : undefined));
      this.#value.resolve(this.#parts.combine(values));
    }
    this.#end();
  }

  #end(): void {
    this.#elapsedMs ??= this.#recalledMs() ?? this.#parts.clock.now() - this.#startedMs;
    this.#over?.abort();
  }

  /** Requests that are found again were sent before this handle was made: their dates tell. */
  #recalledMs(): number | undefined {
    const { tasks } = this.#parts;
    const sent = tasks.flatMap(({ sentAt }) => sentAt?.getTime() ?? []);
    if (sent.length === 0) return undefined;
    const ends = tasks.map(({ completedAt, settled }) =>
      settled === undefined ? Date.now() : (completedAt?.getTime() ?? 0),
    );
    return Math.max(0, Math.max(...ends) - Math.min(...sent));
  }

  #watchLimits({ signal, timeoutMs }: CallOptions): void {
    if ((signal === undefined && timeoutMs === undefined) || this.done) return;
    const { signal: over } = (this.#over = new AbortController());
    const onAbort = (): void => this.#giveUp(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true, signal: over });
    if (timeoutMs === undefined) return;
    void this.#parts.clock.sleep(timeoutMs, over).then(() => {
      if (!this.done) this.#giveUp(this.#timeout(timeoutMs));
    }); // it does not reject: the clock does not, and giving up does not throw
  }

  #timeout(timeoutMs: number): TimeoutError {
    const open = this.#parts.tasks.filter((task) => task.settled === undefined);
    const running = open.filter((task) => task.status === 'running').map((task) => task.engineId);
    return TimeoutError.after(timeoutMs, {
      unfinished: open.length,
      running: running.filter((id) => id !== undefined),
    });
  }

  #giveUp(reason: unknown): void {
    this.#value.reject(reason);
    this.#end();
    this.#notify();
    void this.#stop(reason); // it does not reject: `cancel` tells of failures in its outcomes
  }

  async #stop(reason: unknown): Promise<void> {
    const { clock, tasks, cancel, abandon } = this.#parts;
    const isOver = new AbortController();
    void this.settled.then(() => isOver.abort()); // it never rejects
    void cancel(tasks, {}); // as above
    await clock.sleep(abandonAfterMs, isOver.signal);
    abandon(
      tasks.filter((task) => task.settled === undefined),
      reason,
    );
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  #notify(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

Object.defineProperty(AsyncResult.prototype, brand, { value: true });
/** What `console.log` and a notebook show of it. */
Object.defineProperty(AsyncResult.prototype, inspect.custom, {
  value(this: AsyncResult<unknown>): string {
    return summaryOf(this);
  },
});
