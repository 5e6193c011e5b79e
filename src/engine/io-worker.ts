import { type MessagePort, workerData } from 'node:worker_threads';
import { systemClock } from '../base/clock.js';
import { deferred } from '../base/deferred.js';
import { jsonLogger } from '../base/logger.js';
import type { CapturedDescriptors } from '../runtime/descriptor-capture.js';
import type { ExitLink } from '../runtime/exit-link.js';
import { ExitListener } from '../runtime/exit-listener.js';
import { HeapGuard } from '../runtime/interrupt/heap-guard.js';
import { Interrupter } from '../runtime/interrupt/interrupter.js';
import type { InterruptLink } from '../runtime/interrupt/interrupt-link.js';
import type { OutputLink, Output } from '../runtime/output-link.js';
import type { OutputReceiver } from '../runtime/output-receiver.js';
import type { Header, JsonObject } from '../wire/message.js';
import { EngineIo } from './engine-io.js';
import type { ToMain, WorkerSetup } from './io-messages.js';
import { StatusHold } from './status-hold.js';

/** What {@link runEngine} starts this worker with. */
export interface WorkerData {
  readonly setup: WorkerSetup;
  readonly port: MessagePort;
  readonly outputLink: OutputLink;
  readonly interruptLink: InterruptLink;
  readonly exitLink: ExitLink;
  readonly descriptors: CapturedDescriptors | undefined;
}

const { setup, port, outputLink, interruptLink, exitLink, descriptors } = workerData as WorkerData;
const log = jsonLogger((line) => port.postMessage({ type: 'log', line } satisfies ToMain), {
  level: 'warn',
});
const interrupter = new Interrupter(interruptLink);
const guard = new HeapGuard({ main: interrupter, isBusy: () => io.isBusy });
const outputs = deferred<OutputReceiver>();
const main = {
  port,
  interrupt: () => interrupter.interrupt(),
  isCellRunning: () => interrupter.isCellRunning,
  began: () => guard.begin(),
  closing: () => guard.close(),
  flushOutputs: async () => (await outputs.promise).close(),
};
const io: EngineIo = new EngineIo(setup, main, log);
const exit = new ExitListener(exitLink, async (code) => {
  await io.close(`its code called process.exit(): exit code ${code}`);
  await new Promise(() => undefined); // released below
});
// Not a moment earlier: a process that ends while this thread still works at zeromq is aborted.
process.once('exit', () => exit.release());
void io.start(); // what goes wrong is told to main
// Loaded while the hub answers.
const { OutputReceiver: Receiver } = await import('../runtime/output-receiver.js');
const statuses = new StatusHold(send, systemClock);
const publish = statuses.publish.bind(statuses);
outputs.resolve(new Receiver(outputLink, { publish, descriptors }));

function send(output: Output, parent: Header | undefined): Promise<void> {
  io.sampler.published(output);
  const { kind, type, content, ...more } = asMessage(output);
  return io.outputs.send({ type, content, parent, ...more }, [
    `engine.${io.engineId ?? ''}.${kind}`,
  ]);
}

/** Topics are named after the message; streams after themselves, displays as IPython does. */
function asMessage(output: Output): {
  kind: string;
  type: string;
  content: object;
  metadata?: JsonObject | undefined;
  buffers?: readonly Uint8Array[] | undefined;
} {
  if (output.kind === 'stream') {
    const { name, text } = output;
    return { kind: name, type: 'stream', content: { name, text } };
  }
  const { type, content, metadata, buffers } = output;
  const kind = type === 'display_data' ? 'displaypub' : type;
  return { kind, type, content, metadata, buffers };
}
