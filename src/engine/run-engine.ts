import { existsSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { dirname } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import { version } from '../base/version.js';
import { captureDescriptors } from '../runtime/descriptor-capture.js';
import { openExit } from '../runtime/exit-gate.js';
import { openInterrupts } from '../runtime/interrupt/interrupt-receiver.js';
import { openOutput } from '../runtime/output-port.js';
import { type EngineInfoFile, routeOf } from '../wire/connection-info.js';
import { newEngineUuid } from '../wire/engine-uuid.js';
import { defaultTimeouts, type EngineTimeouts, type WorkerSetup } from './io-messages.js';
import type { WorkerData } from './io-worker.js';

export interface EngineOptions {
  /** What the engine's connection file says. */
  readonly info: EngineInfoFile;
  /** An engine id to ask for; the hub grants it when it is free. */
  readonly id?: number | undefined;
  /** The cluster itself started this engine. @defaultValue false */
  readonly isOfCluster?: boolean | undefined;
  readonly timeouts?: Partial<EngineTimeouts> | undefined;
  /** Its identity. @defaultValue a new one */
  readonly uuid?: string | undefined;
  /** Cells to run before the first request. */
  readonly startup?: readonly string[] | undefined;
}

/**
 * Makes this process an engine. The process ends when the engine does.
 *
 * The I/O worker starts first, and registers while the runtime is still being loaded here.
 */
export async function runEngine(options: EngineOptions): Promise<void> {
  // Else it starts Node's debugger, at a TCP port where any user of the host could run code.
  process.on('SIGUSR1', () => undefined);
  const capture = await captureDescriptors(pipeFolder(options)); // before any thread and socket exists
  const setup = setupOf(options);
  const { output, link: outputLink } = openOutput();
  const { interrupts, link: interruptLink } = openInterrupts();
  const { gate, link: exitLink } = openExit();
  const { port1: port, port2: workerPort } = new MessageChannel();
  const data: WorkerData = {
    setup,
    port: workerPort,
    outputLink,
    interruptLink,
    exitLink,
    descriptors: capture.descriptors,
  };
  const worker = new Worker(new URL('./io-worker.js', import.meta.url), {
    workerData: data,
    // Not piped to the streams of this process, which then need not be made.
    stdout: true,
    stderr: true,
    transferList: [workerPort, outputLink.port, interruptLink.port, exitLink.port],
  });
  const writeLog = (text: string): void => capture.writeLog(text);
  const fail = (error: unknown): void => {
    writeLog(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    gate.install({ output, interrupts });
    process.exit(1);
  };
  try {
    process.once('uncaughtException', fail);
    worker.once('error', fail);
    const { EngineProcess } = await import('./engine-process.js');
    const { startup = [] } = options;
    const parts = { setup, worker, port, output, interrupts, gate, writeLog, startup };
    new EngineProcess(parts).start();
  } catch (error) {
    fail(error); // the worker alone would keep a process that is no engine
  }
  process.off('uncaughtException', fail);
  worker.off('error', fail);
}

/** The folder of the cluster's sockets, when it is on this machine. */
function pipeFolder({ info }: EngineOptions): string | undefined {
  const { lease } = info.pxlab ?? {};
  return lease === undefined ? undefined : dirname(lease);
}

function setupOf(options: EngineOptions): WorkerSetup {
  const { info, id, isOfCluster = false, timeouts, uuid = newEngineUuid() } = options;
  const hostNames = [hostname(), ...addresses()];
  return {
    uuid,
    requestedId: id,
    isOfCluster,
    info,
    route: routeOf(info, { exists: existsSync, hostNames }),
    timeouts: { ...defaultTimeouts, ...timeouts },
    description: {
      language: 'typescript',
      pid: process.pid,
      host: hostname(),
      node: process.version,
      version,
    },
  };
}

function addresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((all = []) =>
    all.map(({ address }) => address),
  );
}
