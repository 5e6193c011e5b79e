import { messageOf } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import type { Channel } from '../transport/channel.js';
import type { EngineDeath } from '../wire/contents.js';
import type { Message } from '../wire/message.js';
import { Backlog } from './backlog.js';
import type { BroadcastListener } from './broadcast.js';
import type { EngineEntry } from './hub-state.js';
import { type RecordLimits, RecordStore } from './record-store.js';
import type { Substitute } from './substitute.js';
import { TaskBook } from './task-book.js';
import type { TaskListener } from './task-scheduler.js';

type Frames = readonly Uint8Array[];

export interface BookkeeperOptions {
  readonly limits?: Partial<RecordLimits> | undefined;
  readonly log: Logger;
  /** Told when an engine says on iopub that it shuts down. */
  readonly onFarewell: (uuid: string) => void;
  /** Told after each request and reply, before they are in the book. */
  readonly onChange?: () => void;
  /** Told of each reply of an engine, when it is in the book. */
  readonly onMuxReply?: (reply: Message) => void;
  /** Told when a request that a client follows has ended. */
  readonly onEnd: (id: string) => void;
}

/** Keeps the book of what passes through the controller, when there is nothing more urgent to do. */
export class Bookkeeper {
  readonly book: TaskBook;
  readonly #options: BookkeeperOptions;
  readonly #backlog: Backlog;

  constructor(options: BookkeeperOptions) {
    this.#options = options;
    this.book = new TaskBook(new RecordStore(options.limits), options.onEnd);
    this.#backlog = new Backlog((error) => {
      options.log.error('message not recorded', { error: messageOf(error) });
    });
  }

  /** The request or its reply was lost on the way to the engine or back. @returns what its client is told. */
  lostOnTheWay(id: string): Substitute | undefined {
    return this.book.lostOnTheWay(id, now());
  }

  /** Brings the book up to date. */
  settle(): void {
    this.#backlog.drain();
  }

  engineRegistered(engine: EngineEntry): void {
    this.#note(() => this.book.engineRegistered(engine));
  }

  engineLost(engine: EngineEntry, death: EngineDeath): void {
    const at = now();
    this.#note(() => this.book.engineLost(engine, { death, at }));
  }

  /** A request that was sent on: `[engine][client] DELIMITER …`. */
  muxRequest(channel: Channel, frames: Frames): void {
    this.#note(() => {
      const message = channel.decode(frames)?.message;
      const [engine, client] = frames;
      if (message === undefined || engine === undefined || isOneWay(message)) return;
      const engineUuid = Buffer.from(engine).toString('latin1');
      this.book.requested(message, { queue: 'mux', engineUuid, ...(client && { client }) });
    }, bytesOf(frames));
  }

  muxReply(channel: Channel, frames: Frames): void {
    const at = now();
    this.#note(() => {
      const message = channel.decode(frames)?.message;
      if (message === undefined) return;
      this.book.answered(message, at);
      this.#options.onMuxReply?.(message);
    }, bytesOf(frames));
  }

  output(channel: Channel, frames: Frames): void {
    this.#backlog.push(() => {
      const message = channel.decode(frames)?.message;
      if (message === undefined) return;
      const { msg_type: type, session } = message.header;
      if (type === 'shutdown_reply') this.#options.onFarewell(session);
      else this.book.published(message);
    }, bytesOf(frames));
  }

  readonly tasks: TaskListener = {
    onSubmitted: (request) => this.#note(() => this.book.requested(request, { queue: 'task' })),
    onAssigned: (taskId, engineUuid) => this.#note(() => this.book.assigned(taskId, engineUuid)),
    onAnswered: (reply) => this.#answered(reply),
  };

  readonly broadcasts: BroadcastListener = {
    onSent: (copy, to) =>
      this.#note(() => this.book.requested(copy, { queue: 'broadcast', ...to })),
    onAnswered: (reply) => this.#answered(reply),
  };

  #note(job: () => void, bytes = 0): void {
    this.#backlog.push(job, bytes);
    this.#options.onChange?.();
  }

  #answered(reply: Message): void {
    const at = now();
    this.#note(() => this.book.answered(reply, at), bytesOf(reply.buffers));
  }
}

function bytesOf(frames: Frames): number {
  return frames.reduce((bytes, { byteLength }) => bytes + byteLength, 0);
}

/** Messages of comms, to which no engine replies. */
function isOneWay({ header }: Message): boolean {
  return !header.msg_type.endsWith('_request');
}

function now(): string {
  return new Date().toISOString();
}
