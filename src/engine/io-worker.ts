import { type MessagePort, workerData } from 'node:worker_threads';
import { jsonLogger } from '../base/logger.js';
import type { OutputLink, Output } from '../runtime/output-link.js';
import { OutputReceiver } from '../runtime/output-receiver.js';
import type { Header, JsonObject } from '../wire/message.js';
import { EngineIo } from './engine-io.js';
import type { WorkerSetup } from './io-messages.js';

/** What {@link runEngine} starts this worker with. */
export interface WorkerData {
  readonly setup: WorkerSetup;
  readonly port: MessagePort;
  readonly outputLink: OutputLink;
}

const { setup, port, outputLink } = workerData as WorkerData;
const log = jsonLogger((line) => process.stderr.write(line), { level: 'warn' });
const outputs = new OutputReceiver(outputLink, { publish });
const io = new EngineIo(
  setup,
  {
    port,
    interrupt: () => Promise.resolve('blocked'),
    flushOutputs: () => outputs.close(),
  },
  log,
);
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
