import type { Logger } from '../base/logger.js';
import type { Socket } from '../transport/socket.js';

/**
 * Warns of peers whose handshake fails, at the first and then at every thousandth: ZeroMQ tries again many
 * times a second. The engines and clients that tried are told by their own side.
 */
export function warnOfRefusals(sockets: Iterable<Socket>, log: Logger): void {
  let count = 0;
  for (const socket of sockets) {
    socket.onLink((event) => {
      if (event !== 'refused') return;
      count += 1;
      if (count === 1 || count % 1000 === 0) log.warn('connection refused', { why, count });
    });
  }
}

const why = "the other side does not have this cluster's server key, or does not speak CurveZMQ";
