import type { Clock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import type { Closeable } from '../base/scope.js';
import type { Channel } from '../transport/channel.js';
import type { EngineDeath } from '../wire/contents.js';
import { type Header, type Message, parentIdOf } from '../wire/message.js';
import { languageOfUuid } from '../wire/engine-uuid.js';
import { parseMessageIds } from '../wire/hub-messages.js';
import {
  parseTaskMetadata,
  taskAnswerOf,
  taskFailure,
  taskFailureMetadata,
} from '../wire/task-metadata.js';
import type { EngineOutlet } from './engine-outlet.js';
import { Fence } from './fence.js';
import { serve } from './serve.js';
import { SparseLog } from '../base/sparse-log.js';
import type {
  TaskEvent,
  TaskFailure,
  TaskInstruction,
  TaskSchedulerOptions,
} from './task-events.js';
import { TaskSchedulerState } from './task-scheduler-state.js';

/** Called after what they tell of was sent. */
export interface TaskListener {
  onSubmitted(request: Message): void;
  onAssigned(taskId: string, engineUuid: string): void;
  onAnswered(reply: Message): void;
}

export interface TaskSchedulerShellOptions extends TaskSchedulerOptions {
  readonly clients: Channel;
  readonly engines: Channel;
  readonly outlet: EngineOutlet;
  readonly clock: Clock;
  readonly log: Logger;
  readonly listener: TaskListener;
  /** Sends an engine a request that any engine answers. @returns its id. */
  readonly ask: (uuid: string) => string;
}

/** A task that has not ended, as its client sent it: `[client] DELIMITER …`. */
interface Submission {
  readonly frames: readonly Uint8Array[];
  readonly header: Header;
}

/** A reply that an engine sent before it died is in the socket by then. */
const lastReplyGraceMs = 100;
const deadlinePeriodMs = 50;

/** Carries tasks to the engines that the scheduler's state chooses, and their replies to the clients. */
export class TaskScheduler implements Closeable {
  readonly #options: TaskSchedulerShellOptions;
  readonly #state: TaskSchedulerState;
  readonly #submissions = new Map<string, Submission>();
  readonly #engines = new Set<string>();
  readonly #deaths = new Map<string, EngineDeath>();
  readonly #closing = new AbortController();
  readonly #sparse: SparseLog;
  readonly #fence: Fence;
  readonly #loops: readonly Promise<void>[];
  #isTicking = false;

  constructor(options: TaskSchedulerShellOptions) {
    this.#options = options;
    this.#state = new TaskSchedulerState(options);
    const { clients, engines, log } = options;
    this.#sparse = new SparseLog(log);
    this.#fence = new Fence({
      socket: engines.socket,
      clock: options.clock,
      pending: () => this.#state.running,
      ask: options.ask,
      onLost: (engine, ids) =>
        this.#handle({ type: 'tasks-lost', engine, ids, nowMs: this.#nowMs }),
    });
    this.#loops = [
      serve(clients.socket, (frames) => this.submit(frames), log),
      serve(engines.socket, (frames) => this.#conclude(frames), log),
    ];
  }

  /** Takes a request as a client would send it: `[client] DELIMITER …`. */
  submit(frames: readonly Uint8Array[]): void {
    const { clients, listener } = this.#options;
    const incoming = clients.decode(frames);
    if (incoming === undefined) return;
    const { header, metadata } = incoming.message;
    if (header.msg_type === 'abort_request') {
      this.#withdraw(incoming.message, frames);
      return;
    }
    const id = header.msg_id;
    if (this.#state.isKnown(id)) {
      this.#sparse.warn('task submitted twice dropped', { taskId: id });
      return;
    }
    this.#submissions.set(id, { frames, header });
    listener.onSubmitted(incoming.message);
    const wishes = parseTaskMetadata(metadata);
    const targets = wishes.targets.length > 0 ? wishes.targets : this.#callable(incoming.message);
    this.#handle({ type: 'task-submitted', task: { id, ...wishes, targets }, nowMs: this.#nowMs });
  }

  /**
   * A Python function that may run anywhere is for engines of Python, where there are some, beside others.
   * Ours say in the metadata that they are ours.
   */
  #callable({ header, metadata }: Message): readonly string[] {
    if (header.msg_type !== 'apply_request' || metadata['pxlab'] !== undefined) return [];
    const python = [...this.#engines].filter((uuid) => languageOfUuid(uuid) === 'python');
    return python.length === this.#engines.size ? [] : python;
  }

  engineRegistered(engine: string): void {
    this.#engines.add(engine);
    this.#handle({ type: 'engine-registered', engine });
  }

  engineLost(engine: string, death: EngineDeath): void {
    this.#engines.delete(engine);
    this.#fence.engineLost(engine);
    this.#deaths.set(engine, death);
    this.#handle({ type: 'engine-lost', engine });
    void this.#abandonSoon(engine); // the clock's sleep never rejects
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const { clients, engines } = this.#options;
    await Promise.all([clients.close(), engines.close()]);
    await Promise.all(this.#loops);
  }

  get #nowMs(): number {
    return this.#options.clock.now();
  }

  /** `[engine][client] DELIMITER …`: what the state makes of the answer decides who hears of it. */
  #conclude(frames: Uint8Array[]): void {
    const { clients, engines, log, listener } = this.#options;
    const message = engines.decode(frames)?.message;
    const [engine, client] = frames;
    const id = message && parentIdOf(message);
    if (message === undefined || id === undefined || engine === undefined || client === undefined) {
      return;
    }
    if (this.#fence.answered(message)) return;
    const event = {
      type: 'task-answered',
      id,
      engine: Buffer.from(engine).toString('latin1'),
      answer: taskAnswerOf(message),
      nowMs: this.#nowMs,
    } as const;
    for (const instruction of this.#decide(event)) {
      if (instruction.type !== 'relay-reply') {
        this.#follow(instruction);
        continue;
      }
      this.#submissions.delete(id);
      clients.socket.send([client, engine, ...frames.slice(2)]).catch((error: unknown) => {
        log.warn('reply not sent', { taskId: id, error: String(error) });
      });
      listener.onAnswered(message);
    }
  }

  #handle(event: TaskEvent): void {
    for (const instruction of this.#decide(event)) this.#follow(instruction);
  }

  #decide(event: TaskEvent): TaskInstruction[] {
    const instructions = this.#state.handle(event);
    if (this.#state.hasDeadlines) this.#startTicking();
    return instructions;
  }

  #follow(instruction: TaskInstruction): void {
    switch (instruction.type) {
      case 'send-task':
        this.#send(instruction.id, instruction.engine);
        break;
      case 'fail-task':
        this.#fail(instruction.id, instruction.failure, instruction.engine);
        break;
      case 'relay-reply':
        break; // only where a reply is at hand
    }
  }

  #send(id: string, engine: string): void {
    const submission = this.#submissions.get(id);
    if (submission === undefined) return;
    this.#options.outlet.send([Buffer.from(engine, 'latin1'), ...submission.frames]);
    this.#options.listener.onAssigned(id, engine);
  }

  #fail(id: string, failure: TaskFailure, engine: string | undefined): void {
    const submission = this.#submissions.get(id);
    const client = submission?.frames[0];
    if (submission === undefined || client === undefined) return;
    this.#submissions.delete(id);
    const { clients, listener } = this.#options;
    const content = taskFailure(failure, engine);
    const lost = engine === undefined ? undefined : { engine, death: this.#deaths.get(engine) };
    const reply = clients.post(
      {
        type: submission.header.msg_type.replace(/_request$/, '_reply'),
        content,
        parent: submission.header,
        metadata: taskFailureMetadata(content.status, lost),
      },
      [client],
    );
    listener.onAnswered({ ...reply, content: { ...content } });
  }

  /** Ours: a client takes back tasks that no engine has yet, and learns who has the others. */
  #withdraw({ header, content }: Message, [client]: readonly Uint8Array[]): void {
    if (client === undefined) return;
    this.#handle({ type: 'tasks-withdrawn', ids: parseMessageIds(content) });
    const engines = parseMessageIds(content).flatMap((id) => {
      const engine = this.#state.engineOf(id);
      return engine === undefined ? [] : [[id, engine] as const];
    });
    const reply = { status: 'ok', pxlab: { engines: Object.fromEntries(engines) } };
    this.#options.clients.post({ type: 'abort_reply', content: reply, parent: header }, [client]);
  }

  async #abandonSoon(engine: string): Promise<void> {
    await this.#options.clock.sleep(lastReplyGraceMs, this.#closing.signal);
    if (this.#closing.signal.aborted) return;
    this.#handle({ type: 'engine-silent', engine, nowMs: this.#nowMs });
    this.#deaths.delete(engine);
  }

  #startTicking(): void {
    if (this.#isTicking) return;
    this.#isTicking = true;
    void this.#tick(); // the clock's sleep never rejects
  }

  async #tick(): Promise<void> {
    while (this.#state.hasDeadlines && !this.#closing.signal.aborted) {
      await this.#options.clock.sleep(deadlinePeriodMs, this.#closing.signal);
      this.#handle({ type: 'time-passed', nowMs: this.#nowMs });
    }
    this.#isTicking = false;
  }
}
