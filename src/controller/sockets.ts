import type { Logger } from '../base/logger.js';
import { type Closeable, Scope } from '../base/scope.js';
import { type CurveKeys, Socket, type SocketKind, useIoThreads } from '../transport/socket.js';
import { warnOfRefusals } from './refusals.js';

/**
 * The sockets of a controller, in the order in which ipcontroller takes ports from its pool. Routers that
 * face engines have a fixed identity each, because the sockets of Python engines are routers as well and
 * answer to it; they are mandatory, so that a message to an engine that is not connected is noticed.
 */
const roles: Readonly<Record<SocketName, Role>> = {
  registration: { kind: 'router', identity: 'hub' },
  engineControl: { kind: 'router', identity: 'control_out', mandatory: true },
  engineMux: { kind: 'router', identity: 'mux_out', mandatory: true },
  engineTask: { kind: 'router', identity: 'task_out', mandatory: true },
  engineIopub: { kind: 'subscriber' },
  heartPing: { kind: 'publisher' },
  heartPong: { kind: 'router', identity: 'heart' },
  engineBroadcast: { kind: 'router', identity: 'sub_scheduler_1', mandatory: true },
  clientControl: { kind: 'router', identity: 'control_in' },
  clientMux: { kind: 'router', identity: 'mux_in' },
  clientTask: { kind: 'router', identity: 'task_in' },
  clientIopub: { kind: 'xpublisher' },
  notification: { kind: 'publisher' },
  clientBroadcast: { kind: 'router', identity: 'sub_scheduler_0' },
};

interface Role {
  readonly kind: SocketKind;
  readonly identity?: string;
  readonly mandatory?: boolean;
}

/** `engine…` faces engines, `client…` faces clients. */
export type SocketName =
  | 'registration'
  | `engine${'Control' | 'Mux' | 'Task' | 'Iopub' | 'Broadcast'}`
  | `client${'Control' | 'Mux' | 'Task' | 'Iopub' | 'Broadcast'}`
  | 'heartPing'
  | 'heartPong'
  | 'notification';

/** Connections are spread over them, so that requests do not wait for outputs. */
const ioThreads = 8;

const names: readonly SocketName[] = Object.keys(roles).filter(isSocketName);

/** Where a controller listens: TCP, ipc, or both with the same port numbers. */
export interface ListenOptions {
  /** `ipc:///dir/s`; a channel's address is `ipc:///dir/s:port`. */
  readonly ipcBase?: string | undefined;
  readonly tcp?: TcpOptions | undefined;
  /** Ports of the broadcast socket: engines choose one by their id. @defaultValue 1 */
  readonly broadcastLeaves?: number | undefined;
}

export interface TcpOptions {
  /** Address to listen at; `*` for all. */
  readonly ip: string;
  /** Address for clients. @defaultValue `ip` */
  readonly clientIp?: string | undefined;
  /** Guards the TCP addresses with CurveZMQ. */
  readonly curve?: CurveKeys | undefined;
  /** Fixed ports. @defaultValue any free port, for each that is absent */
  readonly ports?: PortChoice | undefined;
}

/** Ports by socket; the broadcast socket of engines has several. */
export type PortChoice = Partial<Readonly<Record<SocketName, readonly number[]>>>;

/** All sockets of a controller, bound. */
export class ControllerSockets implements Closeable {
  readonly #scope: Scope;
  readonly #sockets: ReadonlyMap<SocketName, Socket>;
  readonly #ports: ReadonlyMap<SocketName, readonly number[]>;

  /**
   * Opens all sockets and binds them in parallel; `log` hears of peers that are refused.
   *
   * @throws {@link ParallelError} `ADDRESS_IN_USE`.
   */
  static async bind(listen: ListenOptions, log: Logger): Promise<ControllerSockets> {
    const scope = new Scope();
    useIoThreads(ioThreads);
    const sockets = new Map(
      names.map((name) => [name, scope.use(new Socket(roles[name].kind, roles[name]))]),
    );
    warnOfRefusals(sockets.values(), log);
    const bound = await Promise.allSettled(
      [...sockets].map(async ([name, socket]) => {
        return [name, await bindAll(name, socket, listen)] as const;
      }),
    );
    const failed = bound.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) {
      await scope.close();
      throw failed.reason;
    }
    const ports = bound.flatMap((outcome) =>
      outcome.status === 'fulfilled' ? [outcome.value] : [],
    );
    return new ControllerSockets(scope, sockets, new Map(ports));
  }

  private constructor(
    scope: Scope,
    sockets: ReadonlyMap<SocketName, Socket>,
    ports: ReadonlyMap<SocketName, readonly number[]>,
  ) {
    this.#scope = scope;
    this.#sockets = sockets;
    this.#ports = ports;
  }

  socket(name: SocketName): Socket {
    return present(this.#sockets.get(name), name);
  }

  port(name: SocketName): number {
    return present(this.ports(name)[0], name);
  }

  ports(name: SocketName): readonly number[] {
    return present(this.#ports.get(name), name);
  }

  close(): Promise<void> {
    return this.#scope.close();
  }
}

/** Guarded addresses come first, as the socket wants it. Without TCP, ports count from 1. */
async function bindAll(name: SocketName, socket: Socket, listen: ListenOptions): Promise<number[]> {
  const { ipcBase, tcp, broadcastLeaves = 1 } = listen;
  const first = names.indexOf(name) + 1;
  const count = name === 'engineBroadcast' ? broadcastLeaves : 1;
  const ports = Array.from({ length: count }, (_, leaf) =>
    leaf === 0 ? first : names.length + leaf,
  );
  if (tcp !== undefined) {
    for (const leaf of ports.keys()) {
      const wanted = tcp.ports?.[name]?.[leaf];
      ports[leaf] = await bindTcp(socket, { tcp, wanted, ips: ipsOf(name, tcp) });
    }
  }
  if (ipcBase !== undefined) {
    for (const port of ports) await socket.bind(`${ipcBase}:${port}`);
  }
  return ports;
}

/** One port, at each of the addresses. */
async function bindTcp(
  socket: Socket,
  { tcp, wanted, ips }: { tcp: TcpOptions; wanted: number | undefined; ips: readonly string[] },
): Promise<number> {
  let port = wanted;
  for (const ip of ips) port = (await socket.bind(`tcp://${ip}:${port ?? '*'}`, tcp.curve)) ?? port;
  if (port === undefined) throw new Error('Unreachable: a TCP socket without a port');
  return port;
}

/** The hub answers engines and clients on one socket, which listens where either looks for it. */
function ipsOf(name: SocketName, { ip, clientIp = ip }: TcpOptions): readonly string[] {
  if (name.startsWith('client') || name === 'notification') return [clientIp];
  if (name !== 'registration' || ip === clientIp) return [ip];
  const everywhere = [ip, clientIp].find((one) => one === '*' || one === '0.0.0.0');
  return everywhere === undefined ? [ip, clientIp] : [everywhere];
}

function isSocketName(name: string): name is SocketName {
  return name in roles;
}

function present<T>(value: T | undefined, name: SocketName): T {
  if (value === undefined) throw new Error(`Unreachable: no socket ${name}`);
  return value;
}
