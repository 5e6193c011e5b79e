import type { CommMessage, CommRequest } from './messages.js';
import type { JsonObject } from '../wire/message.js';

/** A channel between the kernel and something on the page, such as a widget. */
export interface Comm {
  readonly id: string;
  readonly targetName: string;
  send(data: JsonObject, buffers?: readonly Uint8Array[]): void;
  close(data?: JsonObject): void;
  onMessage(listener: CommListener): void;
  onClose(listener: CommListener): void;
}

export type CommListener = (data: JsonObject, buffers: readonly Uint8Array[]) => void;

/** Called when the page opens a comm to a target of the kernel. */
export type CommTarget = (comm: Comm, data: JsonObject, buffers: readonly Uint8Array[]) => void;

/** The comms of a kernel and the targets at which the page can open some. */
export class Comms {
  readonly #post: (message: CommMessage) => void;
  readonly #requestId: () => number | undefined;
  readonly #targets = new Map<string, CommTarget>();
  readonly #open = new Map<string, OpenComm>();

  /** @param requestId - The request to which what a comm sends belongs. */
  constructor(post: (message: CommMessage) => void, requestId: () => number | undefined) {
    this.#post = post;
    this.#requestId = requestId;
  }

  registerTarget(name: string, target: CommTarget): void {
    this.#targets.set(name, target);
  }

  /** Opens a comm from the kernel; the page must know `targetName`. */
  open(targetName: string, data: JsonObject = {}, buffers: readonly Uint8Array[] = []): Comm {
    const comm = this.#add(crypto.randomUUID(), targetName);
    const { id: commId } = comm;
    this.#post({ type: 'comm-open', commId, targetName, data, buffers, id: this.#requestId() });
    return comm;
  }

  /** Ids of the open comms with the names of their targets, of all or of one target. */
  list(targetName: string | undefined): Map<string, string> {
    const comms = [...this.#open.values()];
    const listed = comms.filter((comm) => (targetName ?? comm.targetName) === comm.targetName);
    return new Map(listed.map((comm) => [comm.id, comm.targetName]));
  }

  handle(request: CommRequest): void {
    const comm = this.#open.get(request.commId);
    switch (request.type) {
      case 'comm-open':
        this.#onOpen(request);
        break;
      case 'comm-message':
        comm?.deliver('message', request);
        break;
      case 'comm-close':
        this.#open.delete(request.commId);
        comm?.deliver('close', request);
        break;
    }
  }

  #onOpen({ commId, targetName, data, buffers, id }: CommRequest & { type: 'comm-open' }): void {
    const target = this.#targets.get(targetName);
    if (target === undefined) {
      this.#post({ type: 'comm-close', commId, data: {}, buffers: [], id });
      return;
    }
    const comm = this.#add(commId, targetName);
    try {
      target(comm, data, buffers);
    } catch (error) {
      comm.close();
      throw error;
    }
  }

  #add(id: string, targetName: string): OpenComm {
    const comm = new OpenComm(id, targetName, (type, data, buffers = []) => {
      if (!this.#open.has(id)) return;
      if (type === 'comm-close') this.#open.delete(id);
      this.#post({ type, commId: id, data, buffers, id: this.#requestId() });
    });
    this.#open.set(id, comm);
    return comm;
  }
}

type Send = (
  type: 'comm-message' | 'comm-close',
  data: JsonObject,
  buffers?: readonly Uint8Array[],
) => void;

class OpenComm implements Comm {
  readonly id: string;
  readonly targetName: string;
  readonly #send: Send;
  readonly #listeners = { message: new Set<CommListener>(), close: new Set<CommListener>() };

  constructor(id: string, targetName: string, send: Send) {
    this.id = id;
    this.targetName = targetName;
    this.#send = send;
  }

  send(data: JsonObject, buffers?: readonly Uint8Array[]): void {
    this.#send('comm-message', data, buffers);
  }

  close(data: JsonObject = {}): void {
    this.#send('comm-close', data);
  }

  onMessage(listener: CommListener): void {
    this.#listeners.message.add(listener);
  }

  onClose(listener: CommListener): void {
    this.#listeners.close.add(listener);
  }

  deliver(event: 'message' | 'close', { data, buffers }: CommRequest): void {
    for (const listener of this.#listeners[event]) listener(data, buffers);
  }
}
