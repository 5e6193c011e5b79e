import type { MessagePort, Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { assertNever, messageOf, ParallelError } from '../base/errors.js';
import { deferred } from '../base/deferred.js';
import { createCompiler } from '../compiler/compiler.js';
import { CellRuntime } from '../runtime/cell-runtime.js';
import type { OutputPort } from '../runtime/output-port.js';
import { captureStdio } from '../runtime/stdio-capture.js';
import { commInfoReply, errorReply } from '../wire/jupyter.js';
import type { JsonObject } from '../wire/message.js';
import { Comms } from './comms.js';
import { CellExecutor } from './execute.js';
import type { KernelRequest, ToMain, ToWorker } from './messages.js';

/** What the kernel's main thread works with. */
export interface KernelParts {
  readonly output: OutputPort;
  /** The way to the I/O worker. */
  readonly port: MessagePort;
  readonly worker: Worker;
  readonly kernelId: string;
  /** Folder of the notebook. */
  readonly cwd: string;
}

/** Runs the kernel's main thread until the kernel is told to end. */
export async function runKernel(parts: KernelParts): Promise<void> {
  const { output, port, worker, cwd } = parts;
  const exited = once(worker, 'exit');
  const runtime = new CellRuntime({ output });
  captureStdio(runtime.context, output);
  const compiler = createCompiler({ cwd });
  const kernel = new Kernel(output, new CellExecutor({ runtime, compiler, cwd }), runtime);
  compiler.warm();
  const left = deferred<LeaveMessage>();
  port.on('message', (message: ToMain) => {
    if (message.type === 'leave' || message.type === 'failed') left.resolve(message);
    else kernel.handle(message);
  });
  const reason = await left.promise;
  await compiler.close();
  port.postMessage({ type: 'close' } satisfies ToWorker);
  await exited;
  if (reason.type === 'failed') throw new ParallelError('START_FAILED', reason.message);
}

type LeaveMessage = Extract<ToMain, { type: 'leave' | 'failed' }>;

/** Answers requests in the thread in which cells run. */
class Kernel {
  readonly #output: OutputPort;
  readonly #executor: CellExecutor;
  readonly #comms: Comms;

  constructor(output: OutputPort, executor: CellExecutor, runtime: CellRuntime) {
    this.#output = output;
    this.#executor = executor;
    this.#comms = new Comms((publication) => {
      output.message({ id: runtime.context.current.id, ...publication });
    });
  }

  handle(message: Exclude<ToMain, LeaveMessage>): void {
    if (message.type === 'stop') this.#executor.stop();
    else if (message.type === 'input-reply') return;
    else void this.#answer(message); // it catches
  }

  async #answer(request: KernelRequest): Promise<void> {
    this.#output.open(request.id, request.header);
    let content: JsonObject;
    try {
      content = await this.#contentFor(request);
    } catch (error) {
      content = errorReply('KernelError', messageOf(error));
    }
    this.#output.message({ id: request.id, type: 'reply', content });
  }

  async #contentFor(request: KernelRequest): Promise<JsonObject> {
    switch (request.type) {
      case 'execute':
        return this.#executor.execute(request);
      case 'complete':
      case 'inspect':
      case 'is-complete':
        return errorReply('NotYet', 'not yet');
      case 'comm-info':
        return commInfoReply(this.#comms.list(request.targetName));
      case 'comm-open':
      case 'comm-message':
      case 'comm-close':
        this.#comms.handle(request);
        return {};
      default:
        return assertNever(request);
    }
  }
}
