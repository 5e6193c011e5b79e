import { rm } from 'node:fs/promises';
import type { Logger } from '../base/logger.js';
import { Channel } from '../transport/channel.js';
import { Socket, type SocketKind } from '../transport/socket.js';
import { jupyterAddress, type JupyterConnection } from '../wire/jupyter-connection.js';
import type { Session } from '../wire/message.js';

/** The five sockets on which a front end reaches a kernel. */
export interface JupyterSockets {
  readonly shell: Channel;
  readonly control: Channel;
  readonly stdin: Channel;
  readonly iopub: Channel;
  readonly heartbeat: Socket;
}

/** Opens and binds them all at once. @throws {@link ParallelError} `ADDRESS_IN_USE`. */
export async function bindJupyterSockets(
  connection: JupyterConnection,
  options: { session: Session; log: Logger },
): Promise<JupyterSockets> {
  const { ports, key } = connection;
  const opened: Socket[] = [];
  const open = async (kind: SocketKind, port: number): Promise<Socket> => {
    const socket = new Socket(kind);
    opened.push(socket);
    await socket.bind(jupyterAddress(connection, port));
    return socket;
  };
  const channel = async (kind: SocketKind, port: number): Promise<Channel> =>
    new Channel(await open(kind, port), { ...options, key });
  try {
    const [shell, control, stdin, iopub, heartbeat] = await Promise.all([
      channel('router', ports.shell),
      channel('router', ports.control),
      channel('router', ports.stdin),
      channel('xpublisher', ports.iopub),
      open('reply', ports.heartbeat),
    ]);
    return { shell, control, stdin, iopub, heartbeat };
  } catch (error) {
    await Promise.all(opened.map((socket) => socket.close()));
    throw error;
  }
}

export async function closeJupyterSockets(
  sockets: JupyterSockets,
  connection: JupyterConnection,
): Promise<void> {
  const { shell, control, stdin, iopub, heartbeat } = sockets;
  await Promise.all([shell, control, stdin, iopub, heartbeat].map((socket) => socket.close()));
  if (connection.transport === 'ipc') await removeSocketFiles(connection);
}

/** ZeroMQ removes them too, in a thread that the end of the process may overtake. */
async function removeSocketFiles(connection: JupyterConnection): Promise<void> {
  const paths = Object.values(connection.ports).map((port: number) => `${connection.ip}-${port}`);
  await Promise.all(paths.map((path) => rm(path, { force: true })));
}
