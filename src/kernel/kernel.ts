import type { MessagePort } from 'node:worker_threads';
import { systemClock } from '../base/clock.js';
import { type Deferred, deferred } from '../base/deferred.js';
import { IdleCollection } from '../base/idle-collection.js';
import type { Compiler } from '../compiler/compiler.js';
import { localModules } from '../compiler/local-modules.js';
import { NotebookMagics } from '../magics/notebook-magics.js';
import { sweepPrivateFolders } from '../process/private-folder.js';
import { NotebookPx } from '../px/notebook-px.js';
import { NotebookSession } from '../px/session.js';
import { CellRuntime } from '../runtime/cell-runtime.js';
import { makeDisplay } from '../runtime/display.js';
import type { InterruptReceiver } from '../runtime/interrupt/interrupt-receiver.js';
import { installRuntime } from '../runtime/install.js';
import type { OutputPort } from '../runtime/output-port.js';
import { Answerer } from './answerer.js';
import { Assistant } from './assist.js';
import { Comms } from './comms.js';
import type { Departure, Door } from './door.js';
import { CellExecutor } from './execute.js';
import { type InputOptions, UserInput } from './input.js';
import type { ToMain, ToWorker } from './messages.js';
import type { KnownDeclarations } from './known.js';
import { NotebookState } from './notebook-state.js';
import { answerPanel } from './panel-session.js';
import { magicRunner } from './px-part.js';

/** What the kernel's main thread is given. */
export interface KernelParts {
  readonly output: OutputPort;
  readonly interrupts: InterruptReceiver;
  /** The way to the I/O worker. */
  readonly port: MessagePort;
  readonly door: Door;
  readonly kernelId: string;
  /** Closed with the kernel. */
  readonly compiler: Compiler;
  /** Folder of the notebook. */
  readonly cwd: string;
  /** Resolves at SIGTERM. */
  readonly terminated: Promise<void>;
  /** Writes past the cells' stderr. */
  writeLog(text: string): void;
}

/** How long what cells hold by `using`, and the notebook's cluster, may take to end with the kernel. */
const disposeLimitMs = 1000;
const closeLimitMs = 2500;

/** Garbage that is collected in idle moments. A heap that is full of a notebook's data takes too long. */
const worthBytes = 2 ** 20;
const largestBytes = 64 * 2 ** 20;

/** Runs the kernel's main thread until the kernel is told to end, and leaves by the door. */
export async function runKernel(parts: KernelParts): Promise<never> {
  const { output, interrupts, door, port, cwd, kernelId, compiler } = parts;
  const leaving = deferred<Departure>();
  const runtime = new CellRuntime({ output, interrupts, ...localModules() });
  installRuntime(runtime);
  const tell = (message: ToWorker): void => port.postMessage(message);
  const notebook = new NotebookState({ runtime, compiler, cwd });
  compiler.onNote = (note) => output.stream(notebook.running?.id ?? '', 'stderr', note);
  const session = new NotebookSession({
    kernelId,
    notebook,
    compiler,
    onLink: (link) => tell({ type: 'link', link }),
  });
  const assembled = assemble({ runtime, compiler, notebook, session, tell });
  serve(parts, { ...assembled, session }, leaving);
  void session.recover(); // it never rejects
  sweepPrivateFolders().catch(() => undefined); // what kernels left that were killed; it is tried again
  void parts.terminated.then(() => leaving.resolve({ exitCode: 0, restart: false })); // it never rejects
  door.onWorkerFailure((message) => leaving.resolve({ exitCode: 1, restart: false, message }));
  door.guardExit(() => assembled.executor.running);

  const departure = await leaving.promise;
  await Promise.race([runtime.dispose(), systemClock.sleep(disposeLimitMs)]);
  const closing = Promise.allSettled([session.close(departure), compiler.close()]);
  await Promise.race([closing, systemClock.sleep(closeLimitMs)]);
  return door.leave(departure);
}

interface Assembled {
  readonly executor: CellExecutor;
  readonly input: UserInput;
  readonly answerer: Answerer;
}

function assemble(parts: {
  runtime: CellRuntime;
  compiler: Compiler;
  notebook: NotebookState;
  session: NotebookSession;
  tell: (message: ToWorker) => void;
}): Assembled {
  const { runtime, compiler, notebook, session, tell } = parts;
  const { output } = runtime;
  const enginesDeclarations = () => session.engineDeclarations;
  const magics = new NotebookMagics(session);
  const known = (): KnownDeclarations => ({
    notebook: notebook.declarations,
    engines: session.engineDeclarations,
  });
  const assistant = new Assistant({ compiler, magics, known });
  const executor = new CellExecutor({
    ...{ runtime, compiler, notebook, enginesDeclarations },
    describe: (code) => assistant.describe({ code, offset: code.length }),
    redirected: (part) => magics.redirected(part),
    onRun: () => {
      const { suffixes, auto } = magics;
      tell({ type: 'known', known: { ...known(), suffixes, auto } });
    },
    runMagic: magicRunner(magics, output),
    recoverPx: (signal) => session.recover({ signal }),
  });
  const input = new UserInput(output, () => executor.running);
  const comms = new Comms((publication, id = runtime.context.current.id) =>
    output.message({ id, ...publication }),
  );
  bindNames(runtime, {
    px: new NotebookPx(session),
    display: makeDisplay(runtime.context, output),
    comms: comms.forCells,
    input: (prompt?: string, options?: InputOptions) => input.ask(prompt, options),
  });
  const answerer = new Answerer({ output, executor, assistant, comms, input });
  return { executor, input, answerer };
}

/** The names that cells find without declaring them. */
function bindNames(runtime: CellRuntime, names: Readonly<Record<string, unknown>>): void {
  runtime.declare(Object.keys(names));
  Object.assign(runtime.namespace, names);
}

function serve(
  { port, writeLog }: Pick<KernelParts, 'port' | 'writeLog'>,
  assembled: Assembled & { readonly session: NotebookSession },
  leaving: Deferred<Departure>,
): void {
  const { executor, input, answerer, session } = assembled;
  const isIdle = (): boolean => executor.running === undefined;
  const idle = new IdleCollection({ worthBytes, largestBytes, isIdle });
  port.on('message', (message: ToMain) => {
    if ('header' in message) {
      void answerer.answer(message).then(() => idle.postpone()); // it never rejects
      return;
    }
    switch (message.type) {
      case 'stop':
        executor.stop(message.id);
        break;
      case 'input-reply':
        input.answer(message.value);
        break;
      case 'panel':
        void answerPanel(message, { session, port }); // it never rejects
        break;
      case 'log':
        writeLog(message.line);
        break;
      case 'leave':
        leaving.resolve({ exitCode: 0, restart: message.restart });
        break;
      case 'failed':
        leaving.resolve({ exitCode: 1, restart: false, message: message.message });
        break;
    }
  });
}
