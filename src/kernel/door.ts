import { writeSync } from 'node:fs';
import type { MessagePort, Worker } from 'node:worker_threads';
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
  readonly port: MessagePort;
  readonly worker: Worker;
  /** See `IoSetup.closed`. */
  readonly closed: SharedArrayBuffer;
}

/** Node's own, behind the one that cells see. */
const exitProcess: (code: number) => never = process.exit.bind(process);
const closeLimitMs = 2000;

/**
 * The one way out of the process. A process that ends while a worker holds open sockets is aborted by
 * ZeroMQ, so the worker closes its sockets first.
 */
export class Door {
  readonly #parts: DoorParts;
  readonly #workerEnded: Promise<void>;

  constructor(parts: DoorParts) {
    this.#parts = parts;
    this.#workerEnded = new Promise((resolve) => parts.worker.once('exit', () => resolve()));
  }

  onWorkerFailure(listener: (message: string) => void): void {
    this.#parts.worker.once('error', (error) =>
      listener(`The I/O worker failed: ${String(error)}`),
    );
  }

  /** Ends the process. Timers and sockets of cells do not keep it. */
  async leave({ exitCode, message }: Departure): Promise<never> {
    if (message !== undefined) writeSync(2, `${message}\n`);
    this.#close();
    await this.#workerEnded;
    return exitProcess(exitCode);
  }

  /** Makes `process.exit()` of cells go this way, after a sentence in the cell. */
  guardExit(running: () => ExecuteCell | undefined): void {
    process.exit = (code = process.exitCode ?? 0) => this.#exit(Number(code), running());
  }

  /** It must not return, so it waits without the event loop. */
  #exit(exitCode: number, cell: ExecuteCell | undefined): never {
    this.#announce(exitCode, cell);
    this.#close();
    Atomics.wait(new Int32Array(this.#parts.closed), 0, 0, closeLimitMs);
    return exitProcess(exitCode);
  }

  #announce(exitCode: number, cell: ExecuteCell | undefined): void {
    const { output } = this.#parts;
    const evalue = `process.exit(${exitCode}) was called: the kernel ends, and its variables with it.`;
    if (cell === undefined) {
      output.stream('', 'stderr', `${evalue}\n`);
      return;
    }
    const { id, executionCount } = cell;
    const error = { ename: 'KernelExit', evalue, traceback: [`KernelExit: ${evalue}`] };
    output.message({ id, type: 'error', content: error });
    const content = executeReplyFailed(executionCount, error);
    output.message({ id, type: 'reply', content });
  }

  #close(): void {
    this.#parts.port.postMessage({ type: 'close' } satisfies ToWorker);
  }
}
