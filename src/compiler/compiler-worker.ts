/** Entry of the compiler's thread: answers the requests of `protocol.ts`, one after another. */
import { parentPort, workerData } from 'node:worker_threads';
import { Answering, silenceConsole } from './answering.js';
import type { RequestMessage, WorkerData } from './protocol.js';
import { makeSnapshot } from './snapshot-file.js';

const { cwd, otherThreads, snapshotFolders } = workerData as WorkerData;

/** Nobody waits for a cell any more, and the next one is not being typed. */
const restMs = 5000;

silenceConsole();
const answering = new Answering(cwd);
let making: NodeJS.Timeout | undefined;
let isMade = snapshotFolders === undefined;

for (const port of [parentPort, otherThreads]) {
  port?.on('message', (message: RequestMessage) => {
    port.postMessage(answering.answer(message));
    answering.answered();
    makeSnapshotLater();
  });
}

/** For the next kernel, which then starts with it. */
function makeSnapshotLater(): void {
  clearTimeout(making);
  if (isMade) return;
  making = setTimeout(() => {
    isMade = true;
    makeSnapshot(snapshotFolders).catch(() => undefined); // the next kernel tries again
  }, restMs);
}
