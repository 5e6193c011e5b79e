// Not the globals: see clock.ts.
import { setTimeout } from 'node:timers';
import type { MessagePort, Worker } from 'node:worker_threads';
import type { ExitGate } from '../runtime/exit-gate.js';
import type { InterruptReceiver } from '../runtime/interrupt/interrupt-receiver.js';
import type { OutputPort } from '../runtime/output-port.js';
import { executeReplyFailed } from '../wire/jupyter.js';
import type { ExecuteCell, ToWorker } from './messages.js';

/** Why a kernel ends. */
export interface Departure {
  readonly exitCode: number;
  /** Another kernel of the same id follows, and takes the cluster over. */
  readonly restart: boolean;
  /** To be told to whoever started the process. */
  readonly message?: string;
}

export interface DoorParts {
  readonly output: OutputPort;
  readonly interrupts: InterruptReceiver;
  readonly gate: ExitGate;
  readonly port: MessagePort;
  readonly worker: Worker;
  /** Writes past the cells' stderr. */
  writeLog(text: string): void;
}

/** A worker that has failed may never end. */
const workerLimitMs = 5000;

/**
 * The one way out of the process. A process that ends while a worker holds open sockets is aborted by
 * ZeroMQ, so the worker closes its sockets first.
 */
export class Door {
  /** Resolves when the worker serves its sockets, or cannot. */
  readonly workerReady: Promise<void>;
  readonly #parts: DoorParts;
  readonly #workerFailed: Promise<string>;
  readonly #workerEnded: Promise<void>;
  #isLeaving = false;

  constructor(parts: DoorParts) {
    this.#parts = parts;
    this.workerReady = new Promise((resolve) => {
      for (const event of ['message', 'exit']) parts.worker.once(event, () => resolve());
    });
    this.#workerFailed = new Promise((resolve) =>
      parts.worker.once('error', (error) =>
        resolve(`The I/O worker failed: ${error instanceof Error ? error.stack : String(error)}`),
      ),
    );
    this.#workerEnded = new Promise((resolve) => parts.worker.once('exit', () => resolve()));
  }

  onWorkerFailure(listener: (message: string) => void): void {
    void this.#workerFailed.then(listener);
  }

  /** Ends the process. Timers and sockets of cells do not keep it. */
  async leave({ exitCode, message }: Departure): Promise<never> {
    this.#isLeaving = true;
    if (message !== undefined) this.#parts.writeLog(`${message}\n`);
    this.#parts.port.postMessage({ type: 'close' } satisfies ToWorker);
    void this.#workerFailed.then(() =>
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), workerLimitMs),
    );
    await this.#workerEnded;
    process.exit(exitCode);
  }

  /** Makes `process.exit()` of cells go this way, after a sentence in the cell. */
  guardExit(running: () => ExecuteCell | undefined): void {
    const { gate, output, interrupts } = this.#parts;
    const onExit = (exitCode: number): void => {
      if (!this.#isLeaving) announceExit(output, exitCode, running());
    };
    gate.install({ output, interrupts, onExit });
  }
}

function announceExit(output: OutputPort, exitCode: number, cell: ExecuteCell | undefined): void {
  const evalue = `process.exit(${exitCode}) was called: the kernel ends, and its variables with it.`;
  if (cell === undefined) {
    output.stream('', 'stderr', `${evalue}\n`);
    return;
  }
  const { id, executionCount } = cell;
  const error = { ename: 'KernelExit', evalue, traceback: [`KernelExit: ${evalue}`] };
  output.message({ id, type: 'error', content: error });
  output.message({ id, type: 'reply', content: executeReplyFailed(executionCount, error) });
}
