import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { Dealer } from 'zeromq';

/** The least that an engine could be: Node with zeromq and one worker, a socket in each. */
const socket = new Dealer();
await socket.bind('tcp://127.0.0.1:*');
if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  worker.once('message', () => process.stdout.write('ready\n'));
} else {
  parentPort.postMessage('ready');
}
await socket.receive();
