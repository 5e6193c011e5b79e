import type { Connection } from './connection.js';
import type { Engine } from './engine-directory.js';
import { CancelledError } from './errors.js';
import type { Task } from './task.js';

/** A request to an engine, but for its id. */
export interface Parcel {
  readonly type: 'execute_request' | 'apply_request';
  readonly content: object;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly buffers: readonly Uint8Array[];
}

/** Makes the request of each task. */
export type Pack = (task: Task) => Parcel;

export interface CancelOptions {
  /** Drops what has not started and lets run what runs. @defaultValue false */
  readonly queuedOnly?: boolean;
}

/** What an interrupt did on an engine. */
export interface InterruptOutcome {
  readonly engineId: number;
  /**
   * `stopped`: what ran was stopped; `idle`: nothing ran; `blocked`: it does not stop, since it waits in
   * native code, and only a restart of the engine ends it; `lost`: the engine ended meanwhile.
   */
  readonly outcome: 'stopped' | 'idle' | 'blocked' | 'lost';
}

/** The error of a task that was never sent comes after all outputs. */
const lastPlace = Number.MAX_SAFE_INTEGER;

/** Sends tasks to engines, in the order of the calls, and takes them back. */
export class Dispatcher {
  readonly #connection: Connection;
  /** Tasks that are still being prepared, by the id that their request will have. */
  readonly #unsent = new Map<string, Task>();
  /** Pending while a request that was called earlier is still being prepared. */
  #turn: Promise<void> | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Sends `tasks`: at once when they are ready and nothing waits before them, else in their turn. When
   * preparing them fails, so do they.
   *
   * @param broadcastId - The id of the one request that the controller copies for all of them.
   */
  submit(tasks: readonly Task[], pack: Pack | Promise<Pack>, broadcastId?: string): void {
    if (this.#turn === undefined && typeof pack === 'function') {
      this.#sendAll(tasks, pack, broadcastId);
      return;
    }
    for (const task of tasks) this.#unsent.set(task.messageId, task);
    if (pack instanceof Promise) pack.catch(() => undefined); // seen in its turn
    const before = this.#turn ?? Promise.resolve();
    const turn = before.then(async () => {
      try {
        this.#sendAll(tasks, await pack, broadcastId);
      } catch (reason) {
        for (const task of tasks) task.finish({ type: 'failed', reason }, lastPlace);
      }
      for (const task of tasks) this.#unsent.delete(task.messageId);
      if (this.#turn === turn) this.#turn = undefined;
    });
    this.#turn = turn;
  }

  /** The task of a request of this client that is not answered in full. */
  taskOf(messageId: string): Task | undefined {
    return this.#unsent.get(messageId) ?? this.#connection.outstanding.taskOf(messageId);
  }

  /** Sends the request of `task` once more, as `pack` makes it now. */
  resend(task: Task, pack: Promise<Pack>): void {
    pack
      .then((ready) => {
        task.renew(this.#connection.session.newMessageId());
        this.#sendAll([task], ready);
      })
      .catch((reason: unknown) => task.finish({ type: 'failed', reason }, lastPlace));
  }

  /** Drops of `tasks` what has not started, and interrupts the rest unless `queuedOnly`. */
  async cancel(
    tasks: readonly Task[],
    { queuedOnly = false }: CancelOptions,
  ): Promise<readonly InterruptOutcome[]> {
    const open = tasks.filter((task) => task.settled === undefined);
    for (const task of open) {
      if (!queuedOnly || task.status === 'queued') task.markCancelled();
    }
    const sent = open.filter((task) => this.#connection.outstanding.has(task.messageId));
    this.#dropUnsent(open.filter((task) => !sent.includes(task)));
    const outcomes = await Promise.all(
      [...this.#byEngine(sent)].map(([engine, own]) => this.#stop(engine, own, queuedOnly)),
    );
    return outcomes.filter((outcome) => outcome !== undefined);
  }

  /** Interrupts whatever runs on `engines`. */
  interrupt(engines: readonly Engine[]): Promise<readonly InterruptOutcome[]> {
    return Promise.all(engines.map((engine) => this.#interrupt(engine, {})));
  }

  /** Ends the wait for `tasks`, whatever their engines do. */
  abandon(tasks: readonly Task[], reason: unknown): void {
    for (const { messageId: id } of tasks) {
      this.#connection.outstanding.handle({ type: 'abandoned', id, reason });
    }
  }

  #sendAll(tasks: readonly Task[], pack: Pack, broadcastId?: string): void {
    const open = tasks.filter((task) => task.settled === undefined);
    if (broadcastId !== undefined) {
      this.#broadcast(open, pack, broadcastId);
      return;
    }
    for (const task of open) {
      const parcel = pack(task);
      if (this.#enter(task, parcel)) {
        this.#connection.post(task.engine, { ...parcel, id: task.messageId });
      }
    }
  }

  #broadcast(tasks: readonly Task[], pack: Pack, id: string): void {
    const [first] = tasks;
    if (first === undefined) return;
    const parcel = pack(first);
    const engines = tasks
      .filter((task) => this.#enter(task, parcel))
      .flatMap(({ engine }) => engine ?? []);
    if (engines.length > 0) this.#connection.broadcast(engines, { ...parcel, id });
  }

  /** From now on its answer is waited for. @returns false when none can come, and the task has failed. */
  #enter(task: Task, { type }: Parcel): boolean {
    const { outstanding, directory, closedBy } = this.#connection;
    outstanding.add(task, { hasOutputs: type === 'execute_request' });
    if (closedBy !== undefined) {
      this.abandon([task], closedBy);
      return false;
    }
    const death = task.engine && directory.deathOf(task.engine.uuid);
    if (task.engine === undefined || death === undefined) return true;
    outstanding.handle({ type: 'engine-lost', engineUuid: task.engine.uuid, death });
    return false;
  }

  #dropUnsent(tasks: readonly Task[]): void {
    for (const task of tasks) {
      const reason = new CancelledError(false, task.engineId === undefined ? [] : [task.engineId]);
      task.finish({ type: 'failed', reason }, lastPlace);
    }
  }

  /** The engines that may hold `tasks`: for a task that waits in a scheduler, any of them. */
  #byEngine(tasks: readonly Task[]): Map<Engine, Task[]> {
    const { directory } = this.#connection;
    const found = new Map<Engine, Task[]>();
    for (const task of tasks) {
      const known =
        task.engine ?? (task.engineId === undefined ? undefined : directory.byId(task.engineId));
      for (const engine of known === undefined ? directory.engines : [known]) {
        found.set(engine, [...(found.get(engine) ?? []), task]);
      }
    }
    return found;
  }

  async #stop(
    engine: Engine,
    tasks: readonly Task[],
    queuedOnly: boolean,
  ): Promise<InterruptOutcome | undefined> {
    const msgIds = { msg_ids: tasks.map((task) => task.messageId) };
    // Both leave at once: one connection keeps them in order.
    const aborted = this.#connection
      .control(engine, { type: 'abort_request', content: msgIds })
      .catch(() => undefined);
    const isRunning =
      engine.language === 'typescript' || tasks.some((task) => task.status === 'running');
    const interrupted = queuedOnly || !isRunning ? undefined : this.#interrupt(engine, msgIds);
    await aborted;
    return interrupted;
  }

  /** Python engines take a signal: they do not know of `msg_ids`. */
  async #interrupt(engine: Engine, content: object): Promise<InterruptOutcome> {
    const { id: engineId, language } = engine;
    try {
      const request =
        language === 'typescript'
          ? { type: 'interrupt_request', content }
          : { type: 'signal_request', content: { sig: 'SIGINT' } };
      const reply = await this.#connection.control(engine, request);
      return { engineId, outcome: outcomeOf(reply) };
    } catch {
      return { engineId, outcome: 'lost' };
    }
  }
}

function outcomeOf(reply: Readonly<Record<string, unknown>>): InterruptOutcome['outcome'] {
  const { outcome } = (reply['pxlab'] ?? {}) as { outcome?: unknown };
  return outcome === 'idle' || outcome === 'blocked' ? outcome : 'stopped';
}
