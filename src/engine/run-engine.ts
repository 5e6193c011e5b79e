import { existsSync, writeSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { MessageChannel, Worker } from 'node:worker_threads';
import { jsonLogger, type Logger } from '../base/logger.js';
import { version } from '../base/version.js';
import { CellRuntime } from '../runtime/cell-runtime.js';
import { installRuntime } from '../runtime/install.js';
import { openOutput } from '../runtime/output-port.js';
import { type EngineInfoFile, routeOf } from '../wire/connection-info.js';
import { newSessionId } from '../wire/message.js';
import { EngineProcess } from './engine-process.js';
import { defaultTimeouts, type EngineTimeouts, type WorkerSetup } from './io-messages.js';
import type { WorkerData } from './io-worker.js';

export interface EngineOptions {
  /** What the engine's connection file says. */
  readonly info: EngineInfoFile;
  /** An engine id to ask for; the hub grants it when it is free. */
  readonly id?: number | undefined;
  readonly timeouts?: Partial<EngineTimeouts> | undefined;
}

/** Makes this process an engine. The process ends when the engine does. */
export function runEngine(options: EngineOptions): void {
  const setup = setupOf(options);
  const { output, link } = openOutput();
  const { port1: port, port2: workerPort } = new MessageChannel();
  const data: WorkerData = { setup, port: workerPort, outputLink: link };
  const worker = new Worker(new URL('./io-worker.js', import.meta.url), {
    workerData: data,
    transferList: [workerPort, link.port],
  });
  const runtime = new CellRuntime({ output, host: hostname() });
  installRuntime(runtime);
  new EngineProcess({ setup, worker, port, runtime, log: stderrLogger() }).start();
}

/** Written at once and past `process.stderr`, which belongs to the cells. */
export function stderrLogger(): Logger {
  return jsonLogger((line) => writeSync(2, line), { level: 'warn' });
}

function setupOf({ info, id, timeouts }: EngineOptions): WorkerSetup {
  const hostNames = [hostname(), ...addresses()];
  return {
    uuid: newSessionId(),
    requestedId: id,
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
