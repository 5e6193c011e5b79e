import type { Logger } from '../base/logger.js';
import type { Closeable } from '../base/scope.js';
import type { Channel } from '../transport/channel.js';
import type { Bookkeeper } from './bookkeeper.js';
import type { EngineOutlet } from './engine-outlet.js';
import { IopubRelay } from './iopub-relay.js';
import { Relay } from './relay.js';
import type { SocketName } from './sockets.js';
import type { StateFeed } from './state-feed.js';

export interface RelayParts {
  readonly channel: (name: SocketName) => Channel;
  readonly muxOutlet: EngineOutlet;
  readonly controlOutlet: EngineOutlet;
  readonly bookkeeper: Bookkeeper;
  readonly feed: StateFeed;
  readonly log: Logger;
}

/** Opens the ways on which messages pass through as they are: requests, control requests, outputs. */
export function openRelays(parts: RelayParts): Closeable[] {
  return [openMux(parts), openControl(parts), openIopub(parts)];
}

function openMux({ channel, muxOutlet, bookkeeper, log }: RelayParts): Relay {
  const [clients, engines] = [channel('clientMux'), channel('engineMux')];
  return new Relay({
    clients: clients.socket,
    engines: engines.socket,
    outlet: muxOutlet,
    log,
    onRequest: (frames) => bookkeeper.muxRequest(clients, frames),
    onReply: (frames) => bookkeeper.muxReply(engines, frames),
  });
}

function openControl({ channel, controlOutlet, log }: RelayParts): Relay {
  return new Relay({
    clients: channel('clientControl').socket,
    engines: channel('engineControl').socket,
    outlet: controlOutlet,
    log,
  });
}

function openIopub({ channel, bookkeeper, feed, log }: RelayParts): IopubRelay {
  const engines = channel('engineIopub');
  return new IopubRelay({
    engines: engines.socket,
    clients: channel('clientIopub'),
    log,
    onOutput: (frames) => bookkeeper.output(engines, frames),
    onSample: (frames) => feed.sample(frames),
    onWatch: (isWatched) => feed.watch(isWatched),
  });
}
