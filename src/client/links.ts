import type { Logger } from '../base/logger.js';
import { Scope } from '../base/scope.js';
import { Channel, type ChannelOptions } from '../transport/channel.js';
import { Socket, type SocketKind } from '../transport/socket.js';
import { stateTopic } from '../wire/cluster-state.js';
import { addressOf, type ClientInfoFile, type Route } from '../wire/connection-info.js';
import type { Session } from '../wire/message.js';
import { ReplayGuard } from '../wire/replay-guard.js';

/** The sockets of a client: requests go out on the first four, the last two are listened to. */
export interface Links {
  readonly query: Channel;
  readonly mux: Channel;
  readonly task: Channel;
  readonly control: Channel;
  readonly iopub: Channel;
  readonly notification: Channel;
  /** Few clients broadcast, so that its connection is made for those that do. */
  openBroadcast(): Channel;
  /** Calls `listener` when a connection of any of them comes or goes. */
  onLink(listener: (event: 'connected' | 'disconnected' | 'refused', link: string) => void): void;
  close(): Promise<void>;
}

export interface LinkOptions {
  readonly route: Route;
  readonly info: ClientInfoFile;
  readonly session: Session;
  readonly log: Logger;
  readonly onFault?: ChannelOptions['onFault'];
  /** What is heard on iopub: outputs, or how the cluster stands. @defaultValue outputs */
  readonly hears?: 'outputs' | 'state' | undefined;
}

/** A host that is silent for longer is taken for gone: networks do not always say that they have failed. */
const silenceMs = 15_000;

/** The topic on which the controller greets a client whose subscription it has. */
function welcomeTopic(session: Session): string {
  return `pxlab-welcome.${session.id}`;
}

/** Opens all sockets at once; none is waited for. */
export function openLinks(options: LinkOptions): Links {
  const { route, info, session, log, onFault, hears = 'outputs' } = options;
  const heard = hears === 'state' ? stateTopic : '';
  const scope = new Scope();
  const sockets = new Map<string, Socket>();
  const channel = { session, key: route.key, log, onFault, replays: new ReplayGuard() };
  const open = (link: string, kind: SocketKind, port: number): Channel => {
    const topics = link === 'iopub' ? [heard, welcomeTopic(session)] : [''];
    const connect = [addressOf(route, port)];
    const { curveServerKey } = route;
    const heartbeatMs = route.base.startsWith('ipc://') ? undefined : silenceMs;
    const socket = new Socket(kind, { connect, curveServerKey, topics, heartbeatMs });
    sockets.set(link, socket);
    return scope.use(new Channel(socket, channel));
  };
  return {
    iopub: open('iopub', 'subscriber', info.iopub),
    notification: open('notification', 'subscriber', info.notification),
    query: open('query', 'dealer', info.registration),
    mux: open('mux', 'dealer', info.mux),
    control: open('control', 'dealer', info.control),
    task: open('task', 'dealer', info.task),
    openBroadcast: () => open('broadcast', 'dealer', info.broadcast),
    onLink: (listener) => {
      for (const [link, socket] of sockets) socket.onLink((event) => listener(event, link));
    },
    close: () => scope.close(),
  };
}
