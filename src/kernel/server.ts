import type { Logger } from '../base/logger.js';
import { systemClock } from '../base/clock.js';
import type { Channel, Idents } from '../transport/channel.js';
import type { InterruptOutcome } from '../runtime/interrupt/interrupter.js';
import type { Incoming } from '../wire/framing.js';
import {
  errorReply,
  executeReplyAborted,
  type ExecuteRequest,
  historyReply,
  kernelInfoReply,
  type KernelDescription,
  readExecute,
  readHistory,
  readInput,
  readRestart,
  shutdownReply,
} from '../wire/jupyter.js';
import type { Header, JsonObject, Message } from '../wire/message.js';
import { Iopub, type Publication } from './iopub.js';
import type { JupyterSockets } from './jupyter-sockets.js';
import type { KernelRequest, ToMain } from './messages.js';
import type { SessionHistory } from './session-history.js';
import { type QueueInstruction, ShellQueue } from './shell-queue.js';
import { requestForMain, turnOf } from './translate.js';

/** What the server needs of the process around it. */
export interface Surroundings {
  post(message: ToMain): void;
  /** Ends what the main thread runs, whatever it does; tells what came of it. */
  interrupt(): Promise<InterruptOutcome>;
  /** Answers in the place of a main thread that a cell blocks, if it can and it is still wanted then. */
  standIn(request: KernelRequest, isWanted: () => boolean): Promise<JsonObject | undefined>;
  /** Takes a message that is for the side panel's feed. @returns false when it is not. */
  takeForPanel(message: Message): boolean;
  /** The front end asked the kernel to end. */
  leave(restart: boolean): void;
}

interface Open {
  readonly id: string;
  readonly channel: Channel;
  readonly idents: Idents;
  readonly message: Message;
}

/**
 * The kernel towards its front ends, in a thread of its own: it answers what it can by itself, hands the
 * rest to the main thread in its turn, and carries replies and outputs back.
 */
export class KernelServer {
  readonly iopub: Iopub;
  readonly #sockets: JupyterSockets;
  readonly #description: KernelDescription;
  readonly #surroundings: Surroundings;
  readonly #log: Logger;
  readonly #queue = new ShellQueue();
  readonly #history: SessionHistory;
  readonly #open = new Map<string, Open>();
  #lastId = 0;
  #executionCount = 0;

  constructor(
    sockets: JupyterSockets,
    options: {
      kernelId: string;
      description: KernelDescription;
      surroundings: Surroundings;
      history: SessionHistory;
      log: Logger;
    },
  ) {
    this.#sockets = sockets;
    this.#description = options.description;
    this.#surroundings = options.surroundings;
    this.#history = options.history;
    this.#log = options.log;
    this.iopub = new Iopub(sockets.iopub, {
      kernelId: options.kernelId,
      clock: systemClock,
    });
  }

  /** The cell that runs, as a request's id. */
  get running(): string | undefined {
    return this.#queue.running;
  }

  /** Serves until the sockets are closed. */
  async serve(): Promise<void> {
    const { shell, control, stdin, heartbeat } = this.#sockets;
    await Promise.all([
      this.#serveChannel(shell, (request) => this.#onShell(request)),
      this.#serveChannel(control, (request) => this.#onControl(request)),
      this.#serveChannel(stdin, (reply) => this.#onStdin(reply)),
      this.iopub.welcomeSubscribers(() => (this.running === undefined ? 'idle' : 'busy')),
      echo(heartbeat),
    ]);
  }

  /**
   * Handles what the main thread sends in the order of its outputs: outputs of all kinds, and replies.
   *
   * @param requestId - The request that it belongs to, open or not.
   */
  publish(
    publication: Publication,
    origin: { requestId: string; parent: Header | undefined },
  ): void {
    switch (publication.type) {
      case 'reply':
        this.#onReply(origin.requestId, { ...publication.content });
        break;
      case 'input_request':
        this.#askForInput(origin.requestId, publication.content);
        break;
      default:
        this.iopub.publish(publication, origin.parent);
    }
  }

  async #serveChannel(channel: Channel, handle: (request: Open) => void): Promise<void> {
    for await (const incoming of channel) {
      try {
        handle(this.#admit(channel, incoming));
      } catch (error) {
        const type = incoming.message.header.msg_type;
        this.#log.error('message not handled', { type, error: String(error) });
      }
    }
  }

  #admit(channel: Channel, { idents, message }: Incoming): Open {
    const request = { id: String(++this.#lastId), channel, idents, message };
    this.#open.set(request.id, request);
    return request;
  }

  #onShell(request: Open): void {
    const { header } = request.message;
    if (this.#surroundings.takeForPanel(request.message)) {
      this.iopub.status('busy', header);
      this.#finish(request, {});
      return;
    }
    const turn = turnOf(header.msg_type);
    if (turn === undefined) this.#answerAlone(request);
    else this.#follow(this.#queue.arrived({ id: request.id, turn }));
  }

  #onControl(request: Open): void {
    const { msg_type: type } = request.message.header;
    switch (type) {
      case 'interrupt_request':
        this.#answerAtOnce(request, { status: 'ok' });
        this.stop();
        break;
      case 'shutdown_request': {
        const restart = readRestart(request.message.content);
        this.#answerAtOnce(request, shutdownReply(restart));
        this.#surroundings.leave(restart);
        break;
      }
      default:
        this.#answerAlone(request);
    }
  }

  #onStdin({ id, message }: Open): void {
    this.#open.delete(id);
    if (message.header.msg_type !== 'input_reply') return;
    this.#surroundings.post({ type: 'input-reply', value: readInput(message.content) });
  }

  /** What this thread knows by itself. */
  #answerAlone(request: Open): void {
    const { header, content } = request.message;
    switch (header.msg_type) {
      case 'kernel_info_request':
        this.#answerAtOnce(request, kernelInfoReply(this.#description));
        break;
      case 'history_request':
        void this.#history // it never rejects
          .find(readHistory(content))
          .then((entries) => this.#answerAtOnce(request, historyReply(entries)));
        break;
      default: {
        const sentence = `This kernel does not answer \`${header.msg_type}\`.`;
        this.#answerAtOnce(request, errorReply('UnknownRequest', sentence));
      }
    }
  }

  /**
   * Ends what the running cell does, or what an earlier one left that blocks the thread; before a restart
   * not what `%%px` runs on engines, which the next process finds again.
   */
  stop({ restart = false }: { restart?: boolean } = {}): void {
    const { running } = this;
    if (running !== undefined && !restart) this.#surroundings.post({ type: 'stop', id: running });
    void this.#interrupt(running); // it never rejects
  }

  async #interrupt(id: string | undefined): Promise<void> {
    try {
      const outcome = await this.#surroundings.interrupt();
      if (outcome !== 'blocked' || id === undefined || id !== this.running) return;
      this.iopub.print('stderr', blockedSentence, this.#open.get(id)?.message.header);
    } catch (error) {
      this.#log.error('interrupt failed', { error: String(error) });
    }
  }

  #follow(instructions: readonly QueueInstruction[]): void {
    for (const { type, id } of instructions) {
      const request = this.#open.get(id);
      if (request === undefined) continue;
      if (type === 'start') this.#start(request);
      else this.#answerAtOnce(request, executeReplyAborted());
    }
  }

  /** The main thread comes first: it works while this one tells the front ends. */
  #start(request: Open): void {
    const { header, content } = request.message;
    const cell = header.msg_type === 'execute_request' ? readExecute(content) : undefined;
    if (cell?.storeHistory) this.#executionCount += 1;
    const forMain = requestForMain(request.id, request.message, this.#executionCount);
    this.#surroundings.post(forMain);
    this.iopub.status('busy', header);
    if (cell !== undefined) this.#announce(cell, header);
    const { running } = this;
    if (running !== undefined && running !== request.id) void this.#standIn(forMain); // it never rejects
  }

  async #standIn(request: KernelRequest): Promise<void> {
    const isWanted = (): boolean => this.#open.has(request.id);
    try {
      const content = await this.#surroundings.standIn(request, isWanted);
      if (content !== undefined) this.#onReply(request.id, content);
    } catch (error) {
      this.#log.warn('nobody stood in', { error: String(error) });
    }
  }

  #announce({ code, silent, storeHistory }: ExecuteRequest, header: Header): void {
    if (!silent) {
      const content = { code, execution_count: this.#executionCount };
      this.iopub.publish({ type: 'execute_input', content }, header);
    }
    if (storeHistory) void this.#keep(code, header); // it never rejects
  }

  async #keep(code: string, header: Header): Promise<void> {
    const failure = await this.#history.add(this.#executionCount, code);
    if (failure !== undefined) this.iopub.print('stderr', failure, header);
  }

  #onReply(id: string, content: JsonObject): void {
    const request = this.#open.get(id);
    if (request === undefined) return;
    this.#finish(request, content);
    const isFailed = content['status'] === 'error';
    const abortsRest = isFailed && readExecute(request.message.content).stopOnError;
    this.#follow(this.#queue.finished(id, abortsRest));
  }

  #answerAtOnce(request: Open, content: JsonObject): void {
    if (!isRequest(request.message)) {
      this.#open.delete(request.id);
      return;
    }
    this.iopub.status('busy', request.message.header);
    this.#finish(request, content);
  }

  /** Messages of comms end as requests do, without a reply. */
  #finish({ id, channel, idents, message }: Open, content: JsonObject): void {
    const { header } = message;
    if (isRequest(message)) {
      const type = header.msg_type.replace(/_request$/, '_reply');
      channel.post({ type, content, parent: header }, idents);
    }
    this.iopub.status('idle', header);
    this.#open.delete(id);
    this.#stayBusy(id);
  }

  /** Front ends go by the last status: one that was answered aside must not make the kernel look idle. */
  #stayBusy(finishedId: string): void {
    const { running } = this;
    if (running === undefined || running === finishedId) return;
    this.iopub.status('busy', this.#open.get(running)?.message.header);
  }

  #askForInput(id: string, content: object): void {
    const request = this.#open.get(id);
    if (request === undefined) return;
    const parent = request.message.header;
    this.#sockets.stdin.post({ type: 'input_request', content, parent }, request.idents);
  }
}

const blockedSentence =
  'Stop waits: the cell is blocked in native code, and ends when that returns. ' +
  'Restart the kernel to end it at once.\n';

function isRequest({ header }: Message): boolean {
  return header.msg_type.endsWith('_request');
}

async function echo(heartbeat: JupyterSockets['heartbeat']): Promise<void> {
  for await (const frames of heartbeat) await heartbeat.send(frames);
}
