import { parentPort, workerData } from 'node:worker_threads';
import { type Deferred, deferred } from '../base/deferred.js';
import { systemClock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { IdleCollection } from '../base/idle-collection.js';
import { jsonLogger } from '../base/logger.js';
import { ExitListener } from '../runtime/exit-listener.js';
import { HeapGuard } from '../runtime/interrupt/heap-guard.js';
import { Interrupter } from '../runtime/interrupt/interrupter.js';
import type { Output } from '../runtime/output-link.js';
import { OutputReceiver } from '../runtime/output-receiver.js';
import { profileDir } from '../wire/cluster-files.js';
import { type Header, Session } from '../wire/message.js';
import { HistoryFiles } from './history-files.js';
import { historyFolder } from './history-folder.js';
import type { IoSetup } from './io-setup.js';
import { bindJupyterSockets, closeJupyterSockets, type JupyterSockets } from './jupyter-sockets.js';
import type { ToMain, ToWorker } from './messages.js';
import { jupyterPace, OutputPace } from './output-pace.js';
import { watchParent } from './parent-watch.js';
import { PanelComms } from './panel-comms.js';
import { PanelMainLink } from './panel-main.js';
import { KernelServer } from './server.js';
import { SessionHistory } from './session-history.js';
import { StandInAssistant } from './stand-in-assistant.js';

/** How long the main thread may take to leave before the process is ended from here. */
const leaveLimitMs = 4000;

const setup = workerData as IoSetup;
const log = jsonLogger((line) => post({ type: 'log', line }), { level: 'warn' });
/** Main wants every socket closed, by message or, in `process.exit()`, without its event loop. */
const closing: Deferred<unknown> = deferred<unknown>();
const panelMain = new PanelMainLink(post);
const standIn = new StandInAssistant();
/** What is sent leaves 20 kB of buffers a cell. To collect this thread's garbage takes some milliseconds. */
const idle = new IdleCollection({ worthBytes: 2 ** 20, pressingBytes: 2 ** 22 });
/** There once the sockets are. */
let panel: PanelComms | undefined;
const exit = new ExitListener(setup.exit, async () => {
  closing.resolve(undefined);
  await new Promise(() => undefined); // released below
});
// Not a moment earlier: a process that ends while this thread still works at ZeroMQ is aborted.
process.once('exit', () => exit.release());
// Nor with this thread, which therefore goes on until main has it close its sockets.
process.on('uncaughtException', ({ stack, message }) => {
  tellReady();
  post({ type: 'failed', message: `The I/O worker failed: ${stack ?? message}` });
});
setup.port.on('message', (message: ToWorker) => hear(message));

try {
  await bindAndServe();
} catch (error) {
  tellReady();
  post({ type: 'failed', message: messageOf(error) });
  await closing.promise;
  await new OutputReceiver(setup.outputs, { publish: () => undefined }).close();
}
standIn.close();
setup.port.close();
setup.interrupts.port.close();

async function bindAndServe(): Promise<void> {
  const sockets = await bindJupyterSockets(setup.connection, { session: new Session(), log });
  try {
    await serve(sockets);
  } catch (error) {
    await closeJupyterSockets(sockets, setup.connection);
    throw error;
  }
}

/** Serves until the main thread wants to leave. */
async function serve(sockets: JupyterSockets): Promise<void> {
  const interrupter = new Interrupter(setup.interrupts);
  const guard = new HeapGuard({ main: interrupter, isBusy: () => server.running !== undefined });
  const pace = new OutputPace(jupyterPace, systemClock);
  const history = openHistory();
  const server: KernelServer = new KernelServer(sockets, {
    history,
    kernelId: setup.kernelId,
    description: setup.description,
    log,
    surroundings: {
      post: (message) => {
        post(message);
        if (message.type === 'execute') {
          pace.resume();
          guard.begin();
        }
      },
      takeForPanel: (message) => panel?.take(message) ?? false,
      interrupt: () => {
        pace.hurry();
        return interrupter.interrupt();
      },
      standIn: (request, isWanted) => standIn.answer(request, isWanted),
      leave: (restart) => leave(server, restart),
    },
  });
  panel = new PanelComms({
    kernelId: setup.kernelId,
    profileDir: profileDir(),
    log,
    main: panelMain,
    publish: (publication) => server.iopub.publish(publication, undefined),
  });
  const receiver = receiveOutputs(server, pace);
  const stopWatching = watchStarter(() => leave(server, false));
  const serving = server.serve();
  tellReady();
  await closing.promise;
  for (const end of [stopWatching, () => guard.close(), () => pace.hurry()]) end();
  await receiver.close(); // the last outputs first
  server.iopub.flush();
  await Promise.all([panel.close(), history.close()]);
  await Promise.all([closeJupyterSockets(sockets, setup.connection), serving]);
}

function receiveOutputs(server: KernelServer, pace: OutputPace): OutputReceiver {
  return new OutputReceiver(setup.outputs, {
    publish: async (output, parent) => {
      if (output.kind === 'stream') await pace.take(output.text.length);
      publish(server, output, parent);
    },
    descriptors: setup.descriptors,
  });
}

function openHistory(): SessionHistory {
  const folder = historyFolder(process.env);
  return new SessionHistory(folder === undefined ? {} : { files: new HistoryFiles(folder) });
}

function hear(message: ToWorker): void {
  switch (message.type) {
    case 'close':
      closing.resolve(undefined);
      break;
    case 'compiler':
      standIn.connect(message.way);
      break;
    case 'known':
      standIn.learn(message.known);
      break;
    case 'link':
      panel?.linkChanged(message.link);
      break;
    case 'panel-taken':
    case 'panel-done':
    case 'panel-failed':
      panelMain.heard(message);
  }
}

function publish(server: KernelServer, output: Output, parent: Header | undefined): void {
  if (output.kind === 'stream') server.iopub.print(output.name, output.text, parent);
  else {
    server.publish(output, { requestId: output.id, parent });
    idle.postpone();
  }
}

/** A kernel does not outlive the Jupyter server that started it. */
function watchStarter(onGone: () => void): () => void {
  if (setup.parentPid === undefined) return () => undefined;
  return watchParent(setup.parentPid, onGone);
}

/** Asks the main thread to leave by the door; a process that does not come to it is ended. */
function leave(server: KernelServer, restart: boolean): void {
  server.stop({ restart });
  post({ type: 'leave', restart });
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), leaveLimitMs).unref();
}

/** The main thread loads what it needs from now on. */
function tellReady(): void {
  parentPort?.postMessage('ready');
}

function post(message: ToMain): void {
  setup.port.postMessage(message);
}
