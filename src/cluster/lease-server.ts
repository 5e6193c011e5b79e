import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { messageOf, ParallelError } from '../base/errors.js';
import type { Closeable } from '../base/scope.js';
import { acceptedLine, parseLeaseLine, refusedLine } from './lease-messages.js';
import {
  LeaseState,
  type LeaseEvent,
  type LeaseInstruction,
  type LeaseLimits,
  type Owner,
} from './lease-state.js';
import { readLines } from './lines.js';

export interface LeaseListeners {
  /** An engine's connection ended: its process is gone, or it let go. */
  engineGone(uuid: string): void;
  /** The owner's lease is over. */
  ended(reason: string): void;
}

/**
 * The socket on which the owner and the engines of this machine each hold a connection: its end tells
 * either side at once that the other is gone, however it went.
 */
export class LeaseServer implements Closeable {
  readonly #server: Server;
  readonly #state: LeaseState;
  readonly #listeners: LeaseListeners;
  readonly #connections = new Map<number, Socket>();
  readonly #engineConnections = new Set<Socket>();
  #count = 0;
  #timer: NodeJS.Timeout | undefined;

  private constructor(state: LeaseState, listeners: LeaseListeners) {
    this.#state = state;
    this.#listeners = listeners;
    this.#server = createServer((socket) => this.#welcome(socket));
  }

  static async listen(
    path: string,
    options: { owner: Owner | undefined; limits: LeaseLimits; listeners: LeaseListeners },
  ): Promise<LeaseServer> {
    const state = new LeaseState(options.owner, options.limits);
    const lease = new LeaseServer(state, options.listeners);
    try {
      lease.#server.listen(path);
      await once(lease.#server, 'listening');
    } catch (error) {
      throw new ParallelError('START_FAILED', `Cannot listen at ${path}: ${messageOf(error)}.`, {
        cause: error,
      });
    }
    lease.#handle({ type: 'started' });
    return lease;
  }

  /** Ends the engines' leases, so that they end by themselves. */
  letEnginesGo(): void {
    for (const socket of this.#engineConnections) socket.destroy();
  }

  /** Lets go of all connections: owners and clients know that the cluster has ended. */
  close(): Promise<void> {
    clearTimeout(this.#timer);
    for (const socket of this.#connections.values()) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #welcome(socket: Socket): void {
    const connection = ++this.#count;
    this.#connections.set(connection, socket);
    let engine: string | undefined;
    readLines(socket, (line) => {
      const message = parseLeaseLine(line);
      if (message?.type === 'engine') {
        engine ??= message.uuid;
        this.#engineConnections.add(socket);
      }
      if (message?.type === 'owner') {
        this.#handle({ type: 'owner-connected', connection, owner: message.owner });
      }
      if (message?.type === 'release') this.#handle({ type: 'released', connection });
      if (message?.type === 'restart') this.#handle({ type: 'restart-announced', connection });
    });
    socket.on('error', () => undefined); // followed by `close`
    socket.once('close', () => {
      this.#connections.delete(connection);
      this.#engineConnections.delete(socket);
      if (engine !== undefined) this.#listeners.engineGone(engine);
      this.#handle({ type: 'disconnected', connection });
    });
  }

  #handle(event: LeaseEvent): void {
    for (const instruction of this.#state.handle(event)) this.#obey(instruction);
  }

  #obey(instruction: LeaseInstruction): void {
    switch (instruction.type) {
      case 'accept':
        this.#connections.get(instruction.connection)?.write(acceptedLine);
        break;
      case 'refuse':
        this.#connections.get(instruction.connection)?.end(refusedLine);
        break;
      case 'set-timer':
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#handle({ type: 'time-over' }), instruction.durationMs);
        break;
      case 'clear-timer':
        clearTimeout(this.#timer);
        break;
      case 'end-cluster':
        this.#listeners.ended(instruction.reason);
        break;
    }
  }
}
