import type { Clock } from '../base/clock.js';
import type { Channel } from '../transport/channel.js';
import type { Bookkeeper } from './bookkeeper.js';
import { Fence } from './fence.js';
import { sendSubstitute } from './substitute.js';

export interface RequestFenceOptions {
  readonly queue: 'mux' | 'broadcast';
  readonly clients: Channel;
  readonly engines: Channel;
  readonly bookkeeper: Bookkeeper;
  readonly clock: Clock;
  /** Sends the engine a request that any engine answers, on this queue. @returns its id. */
  readonly ask: (uuid: string) => string;
  /** May answer in another way than by a reply to the request. */
  readonly isToldOtherwise?: (id: string, engineUuid: string) => boolean;
}

/** A fence around the requests that name their engine: who sent one that was lost is told so. */
export function openRequestFence(options: RequestFenceOptions): Fence {
  const { queue, engines, bookkeeper, clock, ask } = options;
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
        if (options.isToldOtherwise?.(id, uuid) === true || substitute === undefined) continue;
        sendSubstitute(options.clients, substitute);
      }
    },
  });
}
