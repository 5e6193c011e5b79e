import { createConnection } from 'node:net';
import type { Closeable } from '../base/scope.js';

/** A connection to the supervisor whose end tells each side at once that the other is gone. */
export interface Lease extends Closeable {
  close(): void;
}

/**
 * Connects to the supervisor's socket at `path` and calls `onLost` when that connection ends.
 *
 * @returns undefined when nobody listens there: this is another machine, or a controller without one.
 */
export function holdLease(
  path: string,
  uuid: string,
  onLost: () => void,
): Promise<Lease | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    let isHeld = false;
    socket.once('connect', () => {
      isHeld = true;
      socket.write(`${JSON.stringify({ engine: uuid })}\n`);
      resolve({
        close: () => {
          isHeld = false;
          socket.destroy();
        },
      });
    });
    socket.on('error', () => undefined); // followed by `close`
    socket.once('close', () => {
      if (isHeld) onLost();
      resolve(undefined);
    });
    socket.resume(); // what the supervisor might say is not for engines, its end is
  });
}
