import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { systemClock } from '../base/clock.js';
import { deferred } from '../base/deferred.js';
import { assertNever, messageOf } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import { Scope } from '../base/scope.js';
import { sharedNowMs } from '../runtime/interrupt/interrupt-link.js';
import type * as MainDebugger from '../runtime/debugging/main-debugger.js';
import type { InterruptOutcome } from '../runtime/interrupt/interrupter.js';
import type { Channel } from '../transport/channel.js';
import { sampleTopic } from '../wire/cluster-state.js';
import type { Header } from '../wire/message.js';
import { Control } from './control.js';
import { connected, Heart, LinkWatch } from './heart.js';
import { HubLink, type Registration } from './hub-link.js';
import type { Departure, ToMain, ToWorker, WorkerSetup } from './io-messages.js';
import { followSubscriptions, openIoSockets } from './io-sockets.js';
import type { Lease } from './lease.js';
import { Sampler } from './sampler.js';

/** Where the I/O worker meets the main thread. */
export interface MainThread {
  readonly port: MessagePort;
  /** Stops the user code that runs, whatever it does. */
  interrupt(): Promise<InterruptOutcome>;
  isCellRunning(): boolean;
  /** A request has begun. */
  began(): void;
  /** No other will. */
  closing(): void;
  /** Publishes what main has posted so far. */
  flushOutputs(): Promise<void>;
}

/** How often an engine looks whether its hub is still there. */
const watchPeriodMs = 1000;
/** A ping that is late by less than this is not missed, as in ipyparallel. */
const pingSlackMs = 500;
/** From one try to stop a request to the next. */
const stopAgainMs = 5;
/** How many requests that may never come are remembered. */
const recalledLimit = 1000;

/**
 * The I/O side of an engine: registration, heart, control and outputs, in a worker thread, so that they
 * go on while user code blocks the main thread.
 */
export class EngineIo {
  readonly #setup: WorkerSetup;
  readonly #main: MainThread;
  readonly #log: Logger;
  readonly #scope = new Scope();
  readonly #sockets: ReturnType<typeof openIoSockets>;
  readonly #hub: HubLink;
  readonly #heart: Heart;
  readonly #watch: LinkWatch;
  readonly #subscribed: Promise<void>;
  readonly #shellConnected = deferred();
  readonly sampler: Sampler;
  #lease: Lease | undefined;
  #registration: Registration | undefined;
  #running: (MainDebugger.KnownRun & { readonly ids: readonly string[] }) | undefined;
  /** Requests that were to be stopped before main said that it took them up. */
  readonly #recalledIds = new Set<string>();
  #isDeparting = false;
  #isClosing = false;

  constructor(setup: WorkerSetup, main: MainThread, log: Logger) {
    this.#setup = setup;
    this.#main = main;
    this.#log = log;
    this.#sockets = openIoSockets(setup, log, this.#scope);
    const { registration, ping, pong, outputs } = this.#sockets;
    this.sampler = new Sampler((sample) =>
      outputs.post({ type: 'pxlab_sample', content: sample }, [sampleTopic]),
    );
    this.#scope.onClose(() => this.sampler.end());
    this.#subscribed = followSubscriptions(outputs.socket, {
      log,
      onWatch: (isWatched) => (isWatched ? this.sampler.begin() : this.sampler.end()),
    });
    this.#hub = new HubLink(registration, setup);
    this.#heart = new Heart(ping, pong, systemClock);
    this.#watch = new LinkWatch([registration.socket, ping, pong], systemClock);
    main.port.on('message', (message: ToWorker) => this.#handle(message));
  }

  /** Topics begin with the engine's id, which the hub gives. */
  get engineId(): number | undefined {
    return this.#registration?.engineId;
  }

  /** Whether main works at a request. */
  get isBusy(): boolean {
    return this.#running !== undefined;
  }

  get outputs(): Channel {
    return this.#sockets.outputs;
  }

  /** Registers, and lets the heart beat once every link stands, so that a registered engine is reachable. */
  async start(): Promise<void> {
    const ready = Promise.all([this.#allConnected(), this.#holdLease()]);
    this.#serveControl();
    try {
      const { isOfCluster } = this.#setup;
      this.#registration = await this.#hub.register(() => isOfCluster && this.#lease !== undefined);
    } catch (error) {
      this.#tell({ type: 'not-registered', message: messageOf(error) });
      return;
    }
    this.#tell({ type: 'registered', engineId: this.#registration.engineId });
    this.#watchHub(this.#registration.heartPeriodMs);
    await ready;
    this.#heart.start();
  }

  async #allConnected(): Promise<void> {
    const { ping, pong, control } = this.#sockets;
    await Promise.all([
      connected(ping),
      connected(pong),
      connected(control.socket),
      this.#subscribed,
      this.#shellConnected.promise,
    ]);
  }

  async #holdLease(): Promise<void> {
    const path = this.#setup.info.pxlab?.lease;
    if (path === undefined) return;
    const onLost = (): void => this.#leave({ exitCode: 0, reason: 'the controller is gone' });
    const { holdLease } = await import('./lease.js'); // node:net loads while the hub answers
    this.#lease = await holdLease(path, this.#setup.uuid, onLost);
    this.#scope.onClose(() => this.#lease?.close());
  }

  /** Without a lease, silence and broken links tell that the controller is gone. */
  #watchHub(heartPeriodMs: number): void {
    const { hubLostMs, maxMissedPings } = this.#setup.timeouts;
    const silentMs = maxMissedPings * (heartPeriodMs + pingSlackMs);
    const timer = setInterval(() => {
      if (this.#lease !== undefined) return;
      const isLost = this.#watch.downMs() > hubLostMs;
      if (isLost || this.#heart.isSilent(silentMs)) {
        this.#leave({ exitCode: 0, reason: 'the controller is silent' });
      }
    }, watchPeriodMs);
    this.#scope.onClose(() => clearInterval(timer));
  }

  #serveControl(): void {
    new Control(this.#sockets.control, {
      version: this.#setup.description.version,
      abort: (ids) => this.#tell({ type: 'abort', ids }),
      clear: () => this.#tell({ type: 'clear' }),
      interrupt: (ids) => this.#interrupt(ids),
      stack: async () => (await mainDebugger()).stackOfMain(this.#running),
      inspect: async (request) => (await mainDebugger()).inspectMain(request),
      publishShutdown: (content, parent) => this.#publishShutdown(content, parent),
      leave: (departure) => this.#leave(departure),
    });
  }

  #publishShutdown(content: object, parent: Header): void {
    const topic = `engine.${this.engineId ?? ''}.shutdown_reply`;
    this.outputs.post({ type: 'shutdown_reply', content, parent }, [topic]);
  }

  async #interrupt(ids: readonly string[] | undefined): Promise<InterruptOutcome> {
    this.#readMain();
    const running = this.#running?.ids;
    const isMeant = ids === undefined || ids.some((id) => running?.includes(id));
    if (running !== undefined && isMeant) return this.#stop(running);
    if (ids === undefined) return this.#main.interrupt(); // what an earlier cell left behind
    this.#recall(ids);
    return 'idle';
  }

  /** Stops a request that main took up, though its cell may still have to be compiled and to begin. */
  async #stop(running: readonly string[]): Promise<InterruptOutcome> {
    while (this.#running?.ids === running) {
      const outcome = this.#main.isCellRunning() ? await this.#main.interrupt() : 'idle';
      if (outcome !== 'idle') return outcome;
      await systemClock.sleep(stopAgainMs);
      this.#readMain();
    }
    return 'idle';
  }

  /** The requests may be on their way, on another socket: they are stopped as soon as they run. */
  #recall(ids: readonly string[]): void {
    for (const id of ids) this.#recalledIds.add(id);
    for (const oldest of this.#recalledIds) {
      if (this.#recalledIds.size <= recalledLimit) break;
      this.#recalledIds.delete(oldest);
    }
  }

  #started({ ids, name }: ToWorker & { type: 'request-started' }): void {
    this.#running = { ids, name, startedMs: sharedNowMs() };
    this.#main.began();
    const isRecalled = ids.some((id) => this.#recalledIds.delete(id));
    if (isRecalled) void this.#stop(ids); // its client was answered already
  }

  /** What main has posted already, without waiting for this thread's loop. */
  #readMain(): void {
    for (;;) {
      const received: { message: ToWorker } | undefined = receiveMessageOnPort(this.#main.port);
      if (received === undefined) return;
      this.#handle(received.message);
    }
  }

  #handle(message: ToWorker): void {
    switch (message.type) {
      case 'shell-connected':
        this.#shellConnected.resolve();
        break;
      case 'request-started':
        this.#started(message);
        break;
      case 'request-finished':
        this.#running = undefined;
        break;
      case 'close':
        void this.close(message.reason); // it never rejects
        break;
      default:
        assertNever(message);
    }
  }

  /** Asks main to come to the door, stops what keeps it, and ends the process when that does not help. */
  #leave(departure: Departure): void {
    if (this.#isDeparting || this.#isClosing) return;
    this.#isDeparting = true;
    this.#tell({ type: 'leave', ...departure });
    void this.#main.interrupt(); // main may be stuck in user code
    const timer = setTimeout(() => void this.#endByForce(departure), this.#setup.timeouts.leaveMs);
    this.#scope.onClose(() => clearTimeout(timer));
  }

  async #endByForce(departure: Departure): Promise<void> {
    await this.close(`${departure.reason}, by force`);
    process.kill(process.pid, 'SIGKILL');
  }

  /** Publishes what is left, says good-bye and closes; without handles the worker then ends. */
  async close(reason: string): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#running = undefined;
    this.#main.closing();
    await this.#main.flushOutputs();
    await this.#hub.unregister(reason).catch(() => undefined); // a hub that is gone knows already
    await this.#scope.close().catch((error: unknown) => {
      this.#log.warn('closing the sockets failed', { error: messageOf(error) });
    });
    this.#main.port.close();
  }

  #tell(message: ToMain): void {
    this.#main.port.postMessage(message);
  }
}

/** Loaded when someone asks. */
function mainDebugger(): Promise<typeof MainDebugger> {
  return import('../runtime/debugging/main-debugger.js');
}
