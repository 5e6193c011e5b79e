import { type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import { systemClock } from '../base/clock.js';
import { assertNever, messageOf } from '../base/errors.js';
import { jsonLogger, type Logger } from '../base/logger.js';
import { localModules } from '../compiler/local-modules.js';
import { CellRuntime } from '../runtime/cell-runtime.js';
import type { InterruptReceiver } from '../runtime/interrupt/interrupt-receiver.js';
import type { ExitGate } from '../runtime/exit-gate.js';
import { installRuntime } from '../runtime/install.js';
import type { OutputPort } from '../runtime/output-port.js';
import { Session } from '../wire/message.js';
import { Engine } from './engine.js';
import {
  type Departure,
  notRegisteredCode,
  type ToMain,
  type ToWorker,
  type WorkerSetup,
} from './io-messages.js';
import { Shell, type ShellRequest } from './shell.js';
import { startupRequest } from './startup.js';

/** How long what cells hold by `using` may take to end with the engine. */
const disposeLimitMs = 1000;

/** What an engine's main thread is made of. */
export interface EngineParts {
  readonly setup: WorkerSetup;
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly output: OutputPort;
  readonly interrupts: InterruptReceiver;
  readonly gate: ExitGate;
  /** Cells to run before the first request. */
  readonly startup: readonly string[];
  /** Writes past the cells' stderr. */
  writeLog(text: string): void;
}

/**
 * The main thread of an engine: it brings up the shell while the worker registers, and leaves by one
 * door, whoever asks: first its own sockets, then the worker's, then the process.
 */
export class EngineProcess {
  readonly #parts: EngineParts;
  readonly #runtime: CellRuntime;
  readonly #log: Logger;
  readonly #shell: Shell;
  readonly #shellConnected: Promise<void>;
  /** Requests that came before the engine knew its id. */
  readonly #early: ShellRequest[] = [];
  readonly #workerEnded: Promise<void>;
  #engine: Engine | undefined;
  #leaving: Promise<never> | undefined;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    const { setup, worker, output, interrupts } = parts;
    this.#log = jsonLogger((line) => parts.writeLog(line), { level: 'warn' });
    const { host } = setup.description;
    // Results of several engines are folded by their text: a table of each would be many.
    const shown = { hasTables: false };
    this.#runtime = new CellRuntime({ output, interrupts, host, ...shown, ...localModules() });
    this.#shell = new Shell(setup, this.#log, (request) => this.#receive(request));
    this.#shellConnected = this.#shell.connect();
    this.#workerEnded = new Promise((resolve) => worker.once('exit', () => resolve()));
  }

  start(): void {
    const { port, worker, gate, output, interrupts } = this.#parts;
    installRuntime(this.#runtime);
    gate.install({ output, interrupts, onExit: (code) => this.#tellOfExit(code) });
    port.on('message', (message: ToMain) => this.#handle(message));
    worker.on('error', (error) => {
      this.#log.error('the I/O worker failed', { error: String(error) });
      this.#leave({ exitCode: 1, reason: 'its I/O worker failed' });
    });
    process.on('SIGTERM', () => this.#leave({ exitCode: 0, reason: 'ended by SIGTERM' }));
  }

  #handle(message: ToMain): void {
    switch (message.type) {
      case 'registered':
        this.#serve(message.engineId).catch((error: unknown) => this.#failToServe(error));
        break;
      case 'not-registered':
        this.#parts.writeLog(`${message.message}\n`);
        this.#leave({ exitCode: notRegisteredCode, reason: 'not registered' });
        break;
      case 'abort':
        this.#engine?.abort(message.ids);
        break;
      case 'clear':
        this.#engine?.clear();
        break;
      case 'log':
        this.#parts.writeLog(message.line);
        break;
      case 'leave':
        this.#leave({ exitCode: message.exitCode, reason: message.reason });
        break;
      default:
        assertNever(message);
    }
  }

  async #serve(engineId: number): Promise<void> {
    const engine = new Engine({
      replier: { uuid: this.#parts.setup.uuid, engineId },
      runtime: this.#runtime,
      log: this.#log,
      version: this.#parts.setup.description.version,
      tellWorker: (message) => this.#tell(message),
      readWorker: () => this.#readWorker(),
    });
    this.#engine = engine;
    const { setup, startup } = this.#parts;
    const writeLog = (text: string): void => this.#parts.writeLog(text);
    const session = new Session(setup.uuid);
    for (const code of startup) engine.receive(startupRequest(code, { session, writeLog }));
    for (const request of this.#early) engine.receive(request);
    await Promise.all([this.#shellConnected, this.#shell.joinBroadcast(engineId)]);
    this.#tell({ type: 'shell-connected' });
    await engine.serve();
  }

  #failToServe(error: unknown): void {
    this.#parts.writeLog(`${messageOf(error)}\n`);
    this.#leave({ exitCode: 1, reason: `it could not serve: ${messageOf(error)}` });
  }

  #receive(request: ShellRequest): void {
    if (this.#engine === undefined) this.#early.push(request);
    else this.#engine.receive(request);
  }

  #readWorker(): void {
    for (;;) {
      const received: { message: ToMain } | undefined = receiveMessageOnPort(this.#parts.port);
      if (received === undefined) return;
      this.#handle(received.message);
    }
  }

  /** `process.exit()` in a cell, at which nothing asynchronous happens any more. */
  #tellOfExit(exitCode: number): void {
    this.#engine?.failRunning(
      `The engine ended: its code called process.exit(): exit code ${exitCode}.`,
      exitCode,
    );
  }

  #leave(departure: Departure): void {
    this.#leaving ??= this.#leaveNow(departure);
  }

  async #leaveNow(departure: Departure): Promise<never> {
    this.#engine?.failRunning(`The engine ended: ${departure.reason}.`, departure.exitCode);
    await Promise.race([this.#runtime.dispose(), systemClock.sleep(disposeLimitMs)]);
    await this.#shell.close();
    this.#tell({ type: 'close', ...departure });
    await this.#workerEnded;
    process.exit(departure.exitCode);
  }

  #tell(message: ToWorker): void {
    this.#parts.port.postMessage(message);
  }
}
