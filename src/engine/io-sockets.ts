import { deferred } from '../base/deferred.js';
import { messageOf } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import type { Scope } from '../base/scope.js';
import { Channel } from '../transport/channel.js';
import { Socket, type SocketKind } from '../transport/socket.js';
import { sampleTopic } from '../wire/cluster-state.js';
import { addressOf } from '../wire/connection-info.js';
import { Session } from '../wire/message.js';
import { ReplayGuard } from '../wire/replay-guard.js';
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
  const options = { session, key: route.key, log, replays: new ReplayGuard() };
  const channel = (kind: SocketKind, port: number): Channel =>
    scope.use(new Channel(open(kind, port), options));
  return {
    registration: channel('dealer', info.registration),
    control: channel('dealer', info.control),
    outputs: channel('xpublisher', info.iopub),
    ping: scope.use(open('subscriber', info.hb_ping)),
    pong: scope.use(open('dealer', info.hb_pong)),
  };
}

/**
 * Follows what the controller asks for on the publisher `outputs`, until the socket is closed.
 *
 * @param onWatch - Told when samples begin to be wanted, and when they are not any more.
 * @returns a promise that resolves when it has asked for something: what is published arrives.
 */
export function followSubscriptions(
  outputs: Socket,
  options: { readonly log: Logger; readonly onWatch: (isWatched: boolean) => void },
): Promise<void> {
  const first = deferred();
  const serve = async (): Promise<void> => {
    for await (const [frame] of outputs) {
      if (frame === undefined || frame.byteLength === 0) continue;
      first.resolve();
      const topic = Buffer.from(frame.subarray(1)).toString('latin1');
      if (topic === sampleTopic) options.onWatch(frame[0] === 1);
    }
  };
  serve().catch((error: unknown) => {
    options.log.warn('subscriptions not followed', { error: messageOf(error) });
  });
  return first.promise;
}
