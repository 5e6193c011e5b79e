#!/usr/bin/env node
import { readFileSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import { forgetAllocatorSettings } from '../base/allocator-settings.js';
import { deferred } from '../base/deferred.js';
import { messageOf } from '../base/errors.js';
import { version } from '../base/version.js';
import { type CompilerWay, createCompiler } from '../compiler/compiler.js';
import { captureDescriptors } from '../runtime/descriptor-capture.js';
import { openExit } from '../runtime/exit-gate.js';
import { openInterrupts } from '../runtime/interrupt/interrupt-receiver.js';
import { openOutput } from '../runtime/output-port.js';
import { parseJupyterConnection, type JupyterConnection } from '../wire/jupyter-connection.js';
import { Door } from './door.js';
import type { IoSetup } from './io-setup.js';
import type { ToWorker } from './messages.js';

/** What a cell printed may wait to be sent: little, so that Stop is followed by little. */
const outputLimitBytes = 512 * 1024;

forgetAllocatorSettings();
const [connectionFile] = process.argv.slice(2);
if (connectionFile === undefined) {
  refuse(
    'A connection file is missing. Jupyter starts this kernel: node main.js <connection file>.',
  );
} else {
  try {
    await start(readConnection(connectionFile), kernelIdOf(connectionFile));
  } catch (error) {
    refuse(messageOf(error));
  }
}

/**
 * The compiler, which takes longest, and the sockets' thread come first. This thread loads the rest once the sockets
 * are there: before, that would only take a processor away from who has to answer first.
 */
async function start(connection: JupyterConnection, kernelId: string): Promise<void> {
  const terminated = deferred();
  process.on('SIGTERM', () => terminated.resolve()); // from the first answer on
  process.on('SIGINT', () => undefined); // it does not say what it was meant for: Stop is a message
  const capture = await captureDescriptors(); // before any thread and socket exists
  const { port1: port, port2 } = new MessageChannel();
  const cwd = process.cwd();
  const onWay = (way: CompilerWay): void =>
    port.postMessage(
      { type: 'compiler', way } satisfies ToWorker,
      typeof way === 'string' ? [] : [way],
    );
  const compiler = createCompiler({ cwd, onWay, keepsSnapshot: true });
  compiler.warm();
  const { output, link: outputs } = openOutput(outputLimitBytes);
  const { interrupts, link: interruptLink } = openInterrupts();
  const { gate, link: exit } = openExit();
  const setup: IoSetup = {
    connection,
    kernelId,
    description: { version, typescriptVersion: '6.0.3', nodeVersion: process.version.slice(1) },
    port: port2,
    outputs,
    interrupts: interruptLink,
    exit,
    descriptors: capture.descriptors,
    parentPid: parentPid(),
  };
  const worker = new Worker(new URL('./io-worker.js', import.meta.url), {
    workerData: setup,
    transferList: [port2, outputs.port, interruptLink.port, exit.port],
  });
  const writeLog = (text: string): void => capture.writeLog(text);
  const door = new Door({ output, interrupts, gate, port, worker, writeLog });
  try {
    await door.workerReady;
    const { runKernel } = await import('./kernel.js');
    await runKernel({
      ...{ output, interrupts, port, door, kernelId, compiler, cwd, writeLog },
      terminated: terminated.promise,
    });
  } catch (error) {
    await door.leave({ exitCode: 1, restart: false, message: messageOf(error) });
  }
}

function readConnection(path: string): JupyterConnection {
  return parseJupyterConnection(readFileSync(path, 'utf8'), path);
}

/** Jupyter restarts a kernel with the same file, named `kernel-<id>.json`. */
function kernelIdOf(path: string): string {
  return basename(path, '.json').replace(/^kernel-/, '');
}

function parentPid(): number | undefined {
  const pid = Number(process.env['JPY_PARENT_PID']);
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}

function refuse(message: string): void {
  writeSync(2, `${message}\n`);
  process.exitCode = 1;
}
