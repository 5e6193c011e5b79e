import { connect, type Socket } from 'node:net';
import type { Closeable } from '../base/scope.js';

/**
 * A connection to the supervisor's lease socket, held for one thing: it ends with the supervisor, at
 * once and however that ended. `onEnd` is called then; without a supervisor it never is.
 */
export class LeaseLine implements Closeable {
  readonly #socket: Socket;

  constructor(path: string, options: { session: string; onEnd: () => void }) {
    let isConnected = false;
    this.#socket = connect(path, () => {
      isConnected = true;
      this.#socket.write(`${JSON.stringify({ client: options.session })}\n`);
    });
    this.#socket.unref();
    this.#socket.on('error', () => undefined); // 'close' follows
    this.#socket.on('data', () => undefined); // what is not read keeps 'close' away
    this.#socket.on('close', () => {
      if (isConnected) options.onEnd();
    });
  }

  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }
}
