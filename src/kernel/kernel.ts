import { once } from 'node:events';
import type { MessagePort, Worker } from 'node:worker_threads';
import { deferred } from '../base/deferred.js';
import { messageOf, ParallelError } from '../base/errors.js';
import { createCompiler } from '../compiler/compiler.js';
import { CellRuntime } from '../runtime/cell-runtime.js';
import { makeDisplay } from '../runtime/display.js';
import { installRuntime } from '../runtime/install.js';
import type { OutputPort } from '../runtime/output-port.js';
import { noDeclarations } from '../wire/cell.js';
import { commInfoReply, errorReply } from '../wire/jupyter.js';
import type { JsonObject } from '../wire/message.js';
import { Assistant } from './assist.js';
import { Comms } from './comms.js';
import { CellExecutor } from './execute.js';
import { type InputOptions, UserInput } from './input.js';
import type { KernelRequest, ToMain, ToWorker } from './messages.js';
import { NotebookState } from './notebook-state.js';

/** What the kernel's main thread is given. */
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
  installRuntime(runtime);
  const compiler = createCompiler({ cwd });
  const notebook = new NotebookState({ runtime, compiler, cwd });
  const comms = new Comms((publication, id = runtime.context.current.id) =>
    output.message({ id, ...publication }),
  );
  const executor = new CellExecutor({
    ...{ runtime, compiler, notebook },
    enginesDeclarations: () => noDeclarations,
    runPx: () => Promise.reject(new Error('not yet')),
  });
  const assistant = new Assistant(compiler, () => ({
    notebook: notebook.declarations,
    engines: noDeclarations,
  }));
  const input = new UserInput(output, () => executor.running);
  bindNames(runtime, { comms, input });
  const answerer = new Answerer({ output, executor, assistant, comms, input });
  compiler.warm();
  const left = deferred<LeaveMessage>();
  port.on('message', (message: ToMain) => {
    if (message.type === 'leave' || message.type === 'failed') left.resolve(message);
    else answerer.handle(message);
  });
  const reason = await left.promise;
  await compiler.close();
  port.postMessage({ type: 'close' } satisfies ToWorker);
  await exited;
  if (reason.type === 'failed') throw new ParallelError('START_FAILED', reason.message);
}

/** The names that cells find without declaring them. */
function bindNames(
  runtime: CellRuntime,
  { comms, input }: { comms: Comms; input: UserInput },
): void {
  const names = {
    display: makeDisplay(runtime.context, runtime.output),
    comms: comms.forCells,
    input: (prompt?: string, options?: InputOptions) => input.ask(prompt, options),
  };
  runtime.declare(Object.keys(names));
  Object.assign(runtime.namespace, names);
}

type LeaveMessage = Extract<ToMain, { type: 'leave' | 'failed' }>;

interface AnswererParts {
  readonly output: OutputPort;
  readonly executor: CellExecutor;
  readonly assistant: Assistant;
  readonly comms: Comms;
  readonly input: UserInput;
}

/** Answers requests in the thread in which cells run. */
class Answerer {
  readonly #parts: AnswererParts;

  constructor(parts: AnswererParts) {
    this.#parts = parts;
  }

  handle(message: Exclude<ToMain, LeaveMessage>): void {
    if (message.type === 'stop') this.#parts.executor.stop(message.id);
    else if (message.type === 'input-reply') this.#parts.input.answer(message.value);
    else void this.#answer(message); // it catches
  }

  async #answer(request: KernelRequest): Promise<void> {
    const { output } = this.#parts;
    output.open(request.id, request.header);
    let content: JsonObject;
    try {
      content = await this.#contentFor(request);
    } catch (error) {
      content = errorReply('KernelError', messageOf(error));
    }
    this.#parts.input.forget(request.id);
    output.message({ id: request.id, type: 'reply', content });
  }

  #contentFor(request: KernelRequest): JsonObject | Promise<JsonObject> {
    const { executor, assistant, comms } = this.#parts;
    switch (request.type) {
      case 'execute':
        return executor.execute(request);
      case 'complete':
        return assistant.complete(request);
      case 'inspect':
        return assistant.inspect(request);
      case 'is-complete':
        return assistant.isComplete(request.code);
      case 'comm-info':
        return commInfoReply(comms.list(request.targetName));
      case 'comm-open':
      case 'comm-message':
      case 'comm-close':
        comms.handle(request);
        return {};
    }
  }
}
