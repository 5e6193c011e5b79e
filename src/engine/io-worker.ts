import { type MessagePort, workerData } from 'node:worker_threads';
import { jsonLogger } from '../base/logger.js';
import { Interrupter } from '../runtime/interrupt/interrupter.js';
import type { InterruptLink } from '../runtime/interrupt/interrupt-link.js';
import type { OutputLink, Output } from '../runtime/output-link.js';
import { OutputReceiver } from '../runtime/output-receiver.js';
import type { Header, JsonObject } from '../wire/message.js';
import { EngineIo } from './engine-io.js';
import { stateSlot, type WorkerSetup } from './io-messages.js';

/** What {@link runEngine} starts this worker with. */
export interface WorkerData {
  readonly setup: WorkerSetup;
  readonly port: MessagePort;
  readonly outputLink: OutputLink;
  readonly interruptLink: InterruptLink;
}

const { setup, port, outputLink, interruptLink } = workerData as WorkerData;
const log = jsonLogger((line) => process.stderr.write(line), { level: 'warn' });
const interrupter = new Interrupter(interruptLink);
const outputs = new OutputReceiver(outputLink, { publish });
const io = new EngineIo(
  setup,
  {
    port,
    interrupt: () => interrupter.interrupt(),
    flushOutputs: () => outputs.close(),
  },
  log,
);
process.once('exit', () => {
  const state = new Int32Array(setup.state);
  Atomics.store(state, stateSlot.closed, 1);
  Atomics.notify(state, stateSlot.closed);
});
void io.start(); // what goes wrong is told to main

function publish(output: Output, parent: Header | undefined): Promise<void> {
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
