import type { Clock } from '../base/clock.js';
import {
  type OutstandingEvent,
  type OutstandingInstruction,
  OutstandingState,
} from './outstanding-state.js';
import type { OutputBody } from './outputs.js';
import type { Task } from './task.js';

/** Of how many tasks that ended outputs that come later are taken. */
const endedLimit = 1000;
/** How long the end of the outputs may come after the reply: they travel on two sockets. */
const idleGraceMs = 1000;

/** Tasks that were sent and not answered in full, by the id of their request. */
export class Outstanding {
  readonly #state = new OutstandingState();
  readonly #tasks = new Map<string, Task>();
  readonly #clock: Clock;
  /** Kept only while someone holds their results. */
  readonly #ended = new Map<string, readonly WeakRef<Task>[]>();
  readonly #awaitingIdle = new Map<string, number>();
  #order = 0;
  #isWatching = false;
  readonly #closing = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#state.size;
  }

  /** By the id of the request. */
  get tasks(): ReadonlyMap<string, Task> {
    return this.#tasks;
  }

  taskOf(id: string): Task | undefined {
    return this.#tasks.get(id);
  }

  /** True for tasks that have ended as well, for a while. */
  knows(id: string): boolean {
    return this.#tasks.has(id) || this.#ended.has(id);
  }

  has(id: string): boolean {
    return this.#tasks.has(id);
  }

  /** Expects the answers to `task`, which is about to be sent. */
  add(task: Task, options: { hasOutputs: boolean }): void {
    this.#tasks.set(task.messageId, task);
    this.handle({
      type: 'sent',
      id: task.messageId,
      engineUuid: task.engine?.uuid,
      hasOutputs: options.hasOutputs,
    });
  }

  handle(event: OutstandingEvent): void {
    for (const instruction of this.#state.handle(event)) this.#follow(instruction);
  }

  /** An output of a task that has ended: of a timer, say, that its cell left behind. */
  showLate(id: string, output: OutputBody): void {
    for (const task of this.#ended.get(id) ?? []) task.deref()?.show(output, this.#order++);
  }

  /** Fails everything with `reason`. */
  close(reason: unknown): void {
    this.handle({ type: 'connection-lost', reason });
    this.#closing.abort();
  }

  #follow(instruction: OutstandingInstruction): void {
    const { id } = instruction;
    const task = this.#tasks.get(id);
    if (task === undefined) return;
    switch (instruction.type) {
      case 'mark-running':
        task.markRunning(instruction.engineId);
        break;
      case 'append-output':
        task.show(instruction.output, this.#order++);
        break;
      case 'await-idle':
        this.#awaitIdle(id);
        break;
      case 'finish':
        this.#tasks.delete(id);
        this.#awaitingIdle.delete(id);
        this.#remember(task);
        task.finish(instruction.ending, this.#order++);
        break;
    }
  }

  #remember(task: Task): void {
    const { messageId: id } = task;
    this.#ended.set(id, [...(this.#ended.get(id) ?? []), new WeakRef(task)]);
    if (this.#ended.size <= endedLimit) return;
    for (const oldest of this.#ended.keys()) {
      this.#ended.delete(oldest);
      return;
    }
  }

  #awaitIdle(id: string): void {
    this.#awaitingIdle.set(id, this.#clock.now() + idleGraceMs);
    if (this.#isWatching) return;
    this.#isWatching = true;
    void this.#watchIdle(); // does not reject: the clock does not
  }

  /** One timer for all: it runs only while a reply waits for the end of its outputs. */
  async #watchIdle(): Promise<void> {
    while (this.#awaitingIdle.size > 0 && !this.#closing.signal.aborted) {
      await this.#clock.sleep(idleGraceMs, this.#closing.signal);
      const nowMs = this.#clock.now();
      for (const [id, deadlineMs] of this.#awaitingIdle) {
        if (deadlineMs <= nowMs) this.handle({ type: 'idle-overdue', id });
      }
    }
    this.#isWatching = false;
  }
}
