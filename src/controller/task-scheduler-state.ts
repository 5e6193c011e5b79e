import { assertNever } from '../base/errors.js';
import { isMet } from './dependency.js';
import { EnginePool } from './engine-pool.js';
import { ReadyLine } from './ready-line.js';
import { pickers } from './schemes.js';
import type {
  Task,
  TaskAnswer,
  TaskEvent,
  TaskFailure,
  TaskInstruction,
  TaskSchedulerOptions,
} from './task-events.js';
import { type End, TaskGraph } from './task-graph.js';
import {
  canFollow,
  groupOf,
  hasTargets,
  isImpossible,
  isSuitable,
  type Job,
  missingDependencies,
  outcomeOf,
} from './task-job.js';

/** Tasks that an engine will not answer. */
interface Stranded {
  readonly engine: string;
  readonly ids?: readonly string[];
  readonly nowMs: number;
}

/** Gives tasks to engines; source of its rules: ipyparallel 9.2, `controller/task_scheduler.py`. */
export class TaskSchedulerState {
  readonly #pool: EnginePool;
  readonly #graph = new TaskGraph();
  readonly #waiting = new Map<string, Job>();
  /** Those of the waiting that only lack an engine. */
  readonly #ready = new ReadyLine<Job>();
  readonly #running = new Map<string, { readonly job: Job; readonly engine: string }>();
  /** Those of the waiting that have a deadline. */
  readonly #timed = new Set<Job>();
  /** When the last engine fell silent; undefined while there is one, or before the first. */
  #lonelySinceMs: number | undefined;
  /** Ends that those who wait for them have not heard of. */
  readonly #ended: [id: string, end: End][] = [];
  #instructions: TaskInstruction[] = [];

  constructor(options: TaskSchedulerOptions = {}) {
    const { scheme = 'leastload', hwm = 1, random = Math.random } = options;
    this.#pool = new EnginePool({
      pick: pickers[scheme],
      maxLoad: scheme === 'pure' ? 0 : hwm,
      random,
    });
  }

  /** Whether some task may wait for a limited time, so that `time-passed` has something to do. */
  get hasDeadlines(): boolean {
    return this.#timed.size > 0 || (this.#lonelySinceMs !== undefined && this.#waiting.size > 0);
  }

  /** The tasks that engines have, by engine. */
  get running(): ReadonlyMap<string, readonly string[]> {
    const found = new Map<string, string[]>();
    for (const [id, { engine }] of this.#running) {
      const ids = found.get(engine);
      if (ids === undefined) found.set(engine, [id]);
      else ids.push(id);
    }
    return found;
  }

  engineOf(id: string): string | undefined {
    return this.#running.get(id)?.engine;
  }

  isKnown(id: string): boolean {
    return this.#waiting.has(id) || this.#running.has(id) || this.#graph.endOf(id) !== undefined;
  }

  handle(event: TaskEvent): TaskInstruction[] {
    this.#instructions = [];
    this.#step(event);
    return this.#instructions;
  }

  #step(event: TaskEvent): void {
    switch (event.type) {
      case 'task-submitted':
        this.#submit(event.task, event.nowMs);
        break;
      case 'task-answered':
        this.#conclude(event);
        break;
      case 'tasks-withdrawn':
        for (const id of event.ids) this.#fail(id, 'withdrawn');
        this.#assign();
        break;
      case 'engine-registered':
        this.#welcome(event.engine);
        break;
      case 'engine-lost':
        this.#pool.remove(event.engine);
        this.#failImpossible();
        this.#assign();
        break;
      case 'engine-silent':
        this.#abandon(event, 'engine-lost');
        this.#noteLoneliness(event.nowMs);
        break;
      case 'tasks-lost':
        this.#runningOn(event).forEach(() => this.#pool.release(event.engine));
        this.#abandon(event, 'request-lost');
        break;
      case 'time-passed':
        this.#expire(event.nowMs);
        break;
      default:
        assertNever(event);
    }
  }

  #welcome(engine: string): void {
    this.#pool.add(engine);
    this.#lonelySinceMs = undefined;
    this.#assign();
  }

  #noteLoneliness(nowMs: number): void {
    if (!this.#pool.some(() => true)) this.#lonelySinceMs ??= nowMs;
  }

  #submit(task: Task, nowMs: number): void {
    const { id, after, follow, retries } = task;
    const job: Job = {
      task,
      excluded: new Set(),
      ends: new Map(),
      retriesLeft: retries,
      deadlineMs: Infinity,
      group: '',
    };
    const dependencies = [...after.ids, ...follow.ids];
    const isInvalid = dependencies.some((other) => other === id || !this.isKnown(other));
    for (const other of dependencies) {
      const end = this.#graph.endOf(other);
      if (end !== undefined) job.ends.set(other, end);
    }
    this.#enqueue(job, nowMs);
    if (isInvalid) this.#fail(id, 'invalid-dependency');
    else this.#review(job);
    this.#run(job);
  }

  #enqueue(job: Job, nowMs: number): void {
    const { id, timeoutMs } = job.task;
    this.#waiting.set(id, job);
    job.group = groupOf(job);
    this.#graph.connect(id, missingDependencies(job));
    if (timeoutMs === undefined) return;
    job.deadlineMs = nowMs + timeoutMs;
    this.#timed.add(job);
  }

  #dequeue(job: Job): void {
    this.#waiting.delete(job.task.id);
    this.#ready.delete(job.task.id);
    this.#timed.delete(job);
    this.#graph.disconnect(job.task.id, missingDependencies(job));
  }

  /** What has become of a job that waits, since it was queued or one of its dependencies ended. */
  #review(job: Job): void {
    const { id, after } = job.task;
    if (isImpossible(job, this.#pool)) this.#fail(id, 'impossible-dependency');
    else if (isMet(after, outcomeOf(job)) && !this.#ready.has(id)) this.#ready.push(id, job);
  }

  #assign(): void {
    this.#ready.offer(
      (job) => this.#run(job),
      () => this.#pool.hasRoom,
    );
  }

  /** @returns false when it has to wait. */
  #run(job: Job): boolean {
    const { id } = job.task;
    if (!this.#ready.has(id)) return false;
    const engine = this.#pool.take((uuid) => isSuitable(job, uuid));
    if (engine === undefined) return false;
    this.#dequeue(job);
    this.#running.set(id, { job, engine });
    this.#instructions.push({ type: 'send-task', id, engine });
    return true;
  }

  #conclude({ id, engine, answer, nowMs }: Extract<TaskEvent, { type: 'task-answered' }>): void {
    const running = this.#running.get(id);
    if (running?.engine !== engine) return; // it was failed already, or given to another engine
    this.#running.delete(id);
    this.#pool.release(engine);
    if (!this.#isTriedAgain(running.job, { answer, engine, nowMs })) {
      this.#instructions.push({ type: 'relay-reply', id });
      this.#finish(id, { outcome: answer === 'ok' ? 'succeeded' : 'failed', engine });
    }
    this.#assign();
  }

  /** A task that failed goes to another engine while it has retries, if there is another. */
  #isTriedAgain(job: Job, last: { answer: TaskAnswer; engine: string; nowMs: number }): boolean {
    const { answer, engine, nowMs } = last;
    const isRefused = answer === 'dependency-unmet';
    const isRetried = answer === 'error' && job.retriesLeft > 0;
    if (!isRefused && !isRetried) return false;
    job.excluded.add(engine);
    if (isRetried) {
      if (!hasTargets(job, this.#pool) || !canFollow(job, this.#pool)) return false;
      job.retriesLeft -= 1;
    }
    this.#enqueue(job, nowMs);
    this.#review(job);
    return true;
  }

  #abandon(stranded: Stranded, failure: 'engine-lost' | 'request-lost'): void {
    const { engine, nowMs } = stranded;
    for (const job of this.#runningOn(stranded)) {
      const { id } = job.task;
      this.#running.delete(id);
      if (this.#isTriedAgain(job, { answer: 'error', engine, nowMs })) continue;
      this.#instructions.push({ type: 'fail-task', id, failure, engine });
      this.#finish(id, { outcome: 'failed', engine });
    }
    this.#failImpossible();
    this.#assign();
  }

  /** What an engine has been given: of `ids`, or all. */
  #runningOn({ engine, ids }: Stranded): Job[] {
    return [...this.#running.values()].flatMap(({ job, engine: on }) =>
      on === engine && ids?.includes(job.task.id) !== false ? [job] : [],
    );
  }

  #expire(nowMs: number): void {
    for (const job of [...this.#timed]) {
      if (job.deadlineMs <= nowMs) this.#fail(job.task.id, 'timed-out');
    }
    this.#giveUpLonely(nowMs);
    this.#assign();
  }

  #giveUpLonely(nowMs: number): void {
    if (this.#lonelySinceMs === undefined) return;
    const lonelyMs = nowMs - this.#lonelySinceMs;
    for (const { task } of [...this.#waiting.values()]) {
      if ((task.engineGraceMs ?? Infinity) <= lonelyMs) this.#fail(task.id, 'no-engines');
    }
  }

  #failImpossible(): void {
    for (const job of [...this.#waiting.values()]) {
      if (isImpossible(job, this.#pool)) this.#fail(job.task.id, 'impossible-dependency');
    }
  }

  /** Ends a task that waits. */
  #fail(id: string, failure: TaskFailure): void {
    const job = this.#waiting.get(id);
    if (job === undefined) return; // failed meanwhile, by what it depends on
    this.#dequeue(job);
    this.#instructions.push({ type: 'fail-task', id, failure });
    this.#finish(id, { outcome: 'failed', engine: undefined });
  }

  /** Notes the end of a task, and in turn of those that can never run because of it. */
  #finish(id: string, end: End): void {
    this.#ended.push([id, end]);
    if (this.#ended.length > 1) return; // the loop below is at work already
    for (let next = this.#ended[0]; next !== undefined; next = this.#ended[0]) {
      const [endedId, ended] = next;
      for (const dependent of this.#graph.finish(endedId, ended)) {
        const job = this.#waiting.get(dependent);
        if (job === undefined) continue;
        job.ends.set(endedId, ended);
        this.#review(job);
      }
      this.#ended.shift();
    }
  }
}
