import type { Logger } from '../base/logger.js';
import type { Scope } from '../base/scope.js';
import { Channel } from '../transport/channel.js';
import { Socket, type SocketKind } from '../transport/socket.js';
import { addressOf } from '../wire/connection-info.js';
import { Session } from '../wire/message.js';
import type { WorkerSetup } from './io-messages.js';

/** The sockets that the I/O worker holds, all connecting at once. */
export interface IoSockets {
  readonly registration: Channel;
  readonly control: Channel;
  readonly outputs: Channel;
  readonly ping: Socket;
  readonly pong: Socket;
}

export function openIoSockets(setup: WorkerSetup, log: Logger, scope: Scope): IoSockets {
  const { uuid, info, route } = setup;
  const session = new Session(uuid);
  const open = (kind: SocketKind, port: number): Socket =>
    new Socket(kind, {
      ...(kind === 'dealer' ? { identity: uuid } : {}),
      connect: [addressOf(route, port)],
      curveServerKey: route.curveServerKey,
    });
  const channel = (kind: SocketKind, port: number): Channel =>
    scope.use(new Channel(open(kind, port), { session, key: route.key, log }));
  return {
    registration: channel('dealer', info.registration),
    control: channel('dealer', info.control),
    outputs: channel('xpublisher', info.iopub),
    ping: scope.use(open('subscriber', info.hb_ping)),
    pong: scope.use(open('dealer', info.hb_pong)),
  };
}

/** Resolves when the other end of the publisher `socket` has asked for messages: what is sent arrives. */
export async function subscribed(socket: Socket): Promise<void> {
  for await (const frames of socket) {
    if (frames[0]?.[0] === 1) return;
  }
}
