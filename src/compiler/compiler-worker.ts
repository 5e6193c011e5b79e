/** Entry of the compiler's thread: answers the requests of `protocol.ts`, one after another. */
import { parentPort, workerData } from 'node:worker_threads';
import { Answering, silenceConsole } from './answering.js';
import type { RequestMessage, WorkerData } from './protocol.js';

const { cwd, otherThreads } = workerData as WorkerData;

silenceConsole();
const answering = new Answering(cwd);

for (const port of [parentPort, otherThreads]) {
  port?.on('message', (message: RequestMessage) => {
    port.postMessage(answering.answer(message));
    answering.answered();
  });
}
