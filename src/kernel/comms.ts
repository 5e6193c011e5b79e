import { commContent, commOpenContent } from '../wire/jupyter.js';
import type { JsonObject } from '../wire/message.js';
import type { Publication } from './iopub.js';
import type { KernelRequest } from './messages.js';

type CommRequest = Extract<KernelRequest, { type: `comm-${string}`; commId: string }>;

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

export interface CommOpenOptions {
  readonly buffers?: readonly Uint8Array[];
  /** What the page wants to know before it takes the comm: widgets, the version of their protocol. */
  readonly metadata?: JsonObject;
}

/** What cells see of the comms, as `comms`. */
export interface NotebookComms {
  /** Lets the page open comms named `name`. */
  registerTarget(name: string, target: CommTarget): void;
  /** Opens a comm from the kernel; the page must know `targetName`. */
  open(targetName: string, data?: JsonObject, options?: CommOpenOptions): Comm;
}

/** @param requestId - The message of the page that is answered, or undefined for what a cell sends. */
type Publish = (publication: Publication, requestId: string | undefined) => void;

/** The comms of a kernel and the targets at which the page can open some. */
export class Comms {
  readonly #publish: (publication: Publication) => void;
  #handledId: string | undefined;
  readonly #targets = new Map<string, CommTarget>();
  readonly #open = new Map<string, OpenComm>();

  constructor(publish: Publish) {
    this.#publish = (publication) => publish(publication, this.#handledId);
  }

  /** What cells are given. */
  get forCells(): NotebookComms {
    return Object.freeze({
      registerTarget: (name: string, target: CommTarget) => this.registerTarget(name, target),
      open: (name: string, data?: JsonObject, options?: CommOpenOptions) =>
        this.open(name, data, options),
    });
  }

  registerTarget(name: string, target: CommTarget): void {
    this.#targets.set(name, target);
  }

  open(targetName: string, data: JsonObject = {}, options: CommOpenOptions = {}): Comm {
    const { buffers = [], metadata = {} } = options;
    const comm = this.#add(crypto.randomUUID(), targetName);
    const { id: commId } = comm;
    const content = commOpenContent({ commId, targetName, data: plain(data) });
    this.#publish({ type: 'comm_open', content, buffers, metadata: plain(metadata) });
    return comm;
  }

  /** Ids of the open comms with the names of their targets, of all or of one target. */
  list(targetName: string | undefined): Map<string, string> {
    const comms = [...this.#open.values()];
    const listed = comms.filter((comm) => (targetName ?? comm.targetName) === comm.targetName);
    return new Map(listed.map((comm) => [comm.id, comm.targetName]));
  }

  handle(request: CommRequest): void {
    this.#handledId = request.id;
    try {
      this.#dispatch(request);
    } finally {
      this.#handledId = undefined;
    }
  }

  #dispatch(request: CommRequest): void {
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

  #onOpen({ commId, targetName, data, buffers }: CommRequest & { type: 'comm-open' }): void {
    const target = this.#targets.get(targetName);
    if (target === undefined) {
      this.#publish({ type: 'comm_close', content: commContent({ commId, data: {} }) });
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
      if (type === 'comm_close') this.#open.delete(id);
      this.#publish({ type, content: commContent({ commId: id, data: plain(data) }), buffers });
    });
    this.#open.set(id, comm);
    return comm;
  }
}

/** Data as JSON carries it. @throws TypeError for what it cannot carry, in the cell that sends it. */
function plain(data: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(data)) as JsonObject;
}

type Send = (
  type: 'comm_msg' | 'comm_close',
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
    this.#send('comm_msg', data, buffers);
  }

  close(data: JsonObject = {}): void {
    this.#send('comm_close', data);
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
