import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { messageOf } from '../base/errors.js';
import { jsonLogger, type Logger } from '../base/logger.js';
import type { Output } from '../runtime/output-link.js';
import { Interrupter } from '../runtime/interrupt/interrupter.js';
import { OutputReceiver } from '../runtime/output-receiver.js';
import { type Header, Session } from '../wire/message.js';
import type { IoSetup } from './io-setup.js';
import { bindJupyterSockets, closeJupyterSockets, type JupyterSockets } from './jupyter-sockets.js';
import type { ToMain, ToWorker } from './messages.js';
import { watchParent } from './parent-watch.js';
import { KernelServer } from './server.js';

/** How long the main thread may take to leave before the process is ended from here. */
const leaveLimitMs = 4000;

const setup = workerData as IoSetup;
const log = jsonLogger((line) => writeSync(2, line), { level: 'warn' });

try {
  const session = new Session();
  await serve(await bindJupyterSockets(setup.connection, { session, log }), log);
} catch (error) {
  post({ type: 'failed', message: messageOf(error) });
  setup.port.close();
  setup.outputs.port.close();
  setup.interrupts.port.close();
  sayClosed();
}

/** Serves until the main thread says `close`. */
async function serve(sockets: JupyterSockets, log: Logger): Promise<void> {
  const interrupter = new Interrupter(setup.interrupts);
  const server = new KernelServer(sockets, {
    kernelId: setup.kernelId,
    description: setup.description,
    log,
    surroundings: {
      post,
      interrupt: () => interrupter.interrupt(),
      leave: (restart) => leave(server, restart),
    },
  });
  const receiver = new OutputReceiver(setup.outputs, {
    publish: (output, parent) => publish(server, output, parent),
  });
  const stopWatching = watchStarter(() => leave(server, false));
  const closing = new Promise<ToWorker>((resolve) => setup.port.once('message', resolve));
  const serving = server.serve();
  await closing;
  stopWatching();
  await receiver.close();
  server.iopub.flush();
  interrupter.close();
  await closeJupyterSockets(sockets, setup.connection);
  await serving;
  setup.port.close();
  sayClosed();
}

function sayClosed(): void {
  const closed = new Int32Array(setup.closed);
  Atomics.store(closed, 0, 1);
  Atomics.notify(closed, 0);
}

function publish(server: KernelServer, output: Output, parent: Header | undefined): void {
  if (output.kind === 'stream') server.iopub.print(output.name, output.text, parent);
  else server.publish(output, { requestId: output.id, parent });
}

/** A kernel does not outlive the Jupyter server that started it. */
function watchStarter(onGone: () => void): () => void {
  if (setup.parentPid === undefined) return () => undefined;
  return watchParent(setup.parentPid, onGone);
}

/** Asks the main thread to leave by the door; a process that does not come to it is ended. */
function leave(server: KernelServer, restart: boolean): void {
  server.stop();
  post({ type: 'leave', restart });
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), leaveLimitMs).unref();
}

function post(message: ToMain): void {
  setup.port.postMessage(message);
}
