import type { Clock } from '../base/clock.js';
import type { Channel } from '../transport/channel.js';
import type { Bookkeeper } from './bookkeeper.js';
import type { Broadcast } from './broadcast.js';
import { Fence } from './fence.js';
import type { SocketName } from './sockets.js';
import { sendSubstitute } from './substitute.js';

export interface RequestFenceOptions {
  readonly queue: 'mux' | 'broadcast';
  readonly channel: (name: SocketName) => Channel;
  readonly bookkeeper: Bookkeeper;
  readonly clock: Clock;
  /** Sends the engine a request that any engine answers, on this queue. @returns its id. */
  readonly ask: (uuid: string) => string;
  /** Answers for coalescing requests, which are lost as a whole. */
  readonly broadcast: Broadcast;
}

/** A fence around the requests that name their engine: who sent one that was lost is told so. */
export function openRequestFence(options: RequestFenceOptions): Fence {
  const { queue, channel, bookkeeper, clock, ask, broadcast } = options;
  const name = queue === 'mux' ? 'Mux' : 'Broadcast';
  const [clients, engines] = [channel(`client${name}`), channel(`engine${name}`)];
  return new Fence({
    socket: engines.socket,
    clock,
    ask,
    pending: () => {
      bookkeeper.settle();
      return bookkeeper.book.pendingOn(queue);
    },
    onLost: (uuid, ids) => {
      for (const id of ids) {
        const substitute = bookkeeper.lostOnTheWay(id);
        const isTold = queue === 'broadcast' && broadcast.copyLost(id, uuid);
        if (!isTold && substitute !== undefined) sendSubstitute(clients, substitute);
      }
    },
  });
}
