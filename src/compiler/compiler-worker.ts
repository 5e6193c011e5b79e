/** Entry of the compiler's thread: answers the requests of `protocol.ts`, one after another. */
import { resolve } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { CellCompiler } from './cell-compiler.js';
import { completenessOf } from './completeness.js';
import { IdleCollection } from './idle-collection.js';
import type { CompilerMethods, ReplyMessage, RequestMessage, WorkerData } from './protocol.js';

const { cwd, otherThreads } = workerData as WorkerData;
const folder = resolve(cwd);

// The converter has no logger; what it would say on the console is not for the notebook.
for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const) {
  globalThis.console[level] = () => undefined;
}

let compiler: CellCompiler | undefined;
const made = (): CellCompiler => (compiler ??= new CellCompiler(folder));

const methods: CompilerMethods = {
  warm: () => {
    made().warm();
    return undefined;
  },
  compile: (request) => made().compile(request),
  complete: (request) => made().complete(request),
  inspect: (request) => made().inspect(request),
  describeProject: () => made().describeProject(),
  isComplete: (code) => completenessOf(code),
  describe: (request) => made().describe(request),
  declare: (request) => made().declare(request),
};

const idle = new IdleCollection();

for (const port of [parentPort, otherThreads]) {
  port?.on('message', (message: RequestMessage) => {
    port.postMessage(answer(message));
    idle.postpone();
  });
}

function answer({ id, method, request }: RequestMessage): ReplyMessage {
  try {
    const call = methods[method] as (request: unknown) => unknown;
    return { id, reply: call(request) };
  } catch (error) {
    return { id, error };
  }
}
