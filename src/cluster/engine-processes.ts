import type { Clock } from '../base/clock.js';
import { type Deferred, deferred } from '../base/deferred.js';
import { ParallelError } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import type { Exit } from '../process/process-group.js';
import type { EngineDeath } from '../wire/contents.js';
import { type ClusterEvent, type ClusterInstruction, ClusterState } from './cluster-state.js';
import { lastWords } from './logs.js';
import type { LaunchedEngine, Launcher } from './launcher.js';

export interface EngineProcessesOptions {
  readonly launcher: Launcher;
  readonly log: Logger;
  readonly clock: Clock;
  /** An engine that was started here is registered. */
  readonly onReady: (uuid: string, engine: LaunchedEngine) => void;
  /** An engine ended; the controller may know it already. */
  readonly onDeath: (uuid: string, death: EngineDeath) => void;
  /** Engines came or went: `running` is another list now. */
  readonly onChange: () => void;
}

/** From the end of an engine's lease to the end of its process. */
const exitOverdueMs = 500;

/** The engine processes of one cluster: starts them, sees them end, ends them. */
export class EngineProcesses {
  readonly #options: EngineProcessesOptions;
  readonly #state = new ClusterState();
  readonly #running = new Map<string, LaunchedEngine>();
  readonly #registering = new Map<string, Deferred>();
  #isStopped = false;

  constructor(options: EngineProcessesOptions) {
    this.#options = options;
  }

  get running(): readonly LaunchedEngine[] {
    return [...this.#running.values()];
  }

  /** The process of the engine `uuid`, when it was launched here and runs. */
  processOf(uuid: string): LaunchedEngine | undefined {
    const key = this.#state.keyOf(uuid);
    return key === undefined ? undefined : this.#running.get(key);
  }

  /**
   * Starts `n` engines; resolves when all are registered.
   *
   * @throws {@link ParallelError} `START_FAILED` when one ends before that.
   */
  async start(n: number): Promise<void> {
    const launched = await this.#options.launcher.start(n);
    if (this.#isStopped) {
      await Promise.all(launched.map((engine) => engine.stop({ graceMs: 0 })));
      throw new ParallelError('ABORTED', 'The cluster was stopped before its engines were ready.');
    }
    const registered = launched.map((engine) => this.#watch(engine));
    this.#options.onChange();
    await Promise.all(registered);
  }

  /** An engine of this machine is registered with the controller. */
  registered(uuid: string, pid: number): void {
    this.#handle({ type: 'registered', uuid, pid });
  }

  leaseEnded(uuid: string): void {
    this.#handle({ type: 'lease-ended', uuid });
  }

  /** Ends all; those that were not asked before have `graceMs` to go by themselves. */
  async stopAll(options: { graceMs: number }): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.running.map((engine) => engine.stop(options)));
  }

  #watch(engine: LaunchedEngine): Promise<void> {
    const { key } = engine;
    const registering = deferred();
    this.#running.set(key, engine);
    this.#registering.set(key, registering);
    this.#handle({ type: 'launched', key, pid: engine.process.pid });
    void engine.exited.then((exit) => this.#exited(key, exit)); // never rejects
    return registering.promise;
  }

  #exited(key: string, exit: Exit): void {
    this.#handle({ type: 'exited', key, exit });
    this.#running.delete(key);
    this.#options.onChange();
  }

  #handle(event: ClusterEvent): void {
    for (const instruction of this.#state.handle(event)) this.#obey(instruction);
  }

  #obey(instruction: ClusterInstruction): void {
    const { log, clock, onDeath } = this.#options;
    switch (instruction.type) {
      case 'report-death':
        log.info('engine ended', { uuid: instruction.uuid, ...instruction.death });
        onDeath(instruction.uuid, instruction.death);
        break;
      case 'await-exit': {
        const { uuid } = instruction;
        void clock.sleep(exitOverdueMs).then(() => this.#handle({ type: 'exit-overdue', uuid }));
        break;
      }
      case 'report-registered':
        this.#ready(instruction.key, instruction.uuid);
        break;
      case 'report-start-failure': {
        const { key, exit } = instruction;
        log.warn('engine ended before it registered', { key, ...exit });
        void this.#failStart(key, exit); // it settles a promise and does not reject
        break;
      }
    }
  }

  #ready(key: string, uuid: string): void {
    const engine = this.#running.get(key);
    engine?.registered();
    if (engine !== undefined) this.#options.onReady(uuid, engine);
    this.#settle(key)?.resolve();
  }

  async #failStart(key: string, { code, signal }: Exit): Promise<void> {
    const file = this.#running.get(key)?.logFile ?? '';
    const how = signal === null ? `with exit code ${code ?? 0}` : `by signal ${signal}`;
    const words = await lastWords(file);
    this.#settle(key)?.reject(
      new ParallelError('START_FAILED', `An engine ended ${how} before it was ready.${words}`),
    );
  }

  #settle(key: string): Deferred | undefined {
    const registering = this.#registering.get(key);
    this.#registering.delete(key);
    return registering;
  }
}
