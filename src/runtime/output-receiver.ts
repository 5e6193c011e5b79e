import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import type { Header } from '../wire/message.js';
import {
  creditSlot,
  type Output,
  type OutputEvent,
  type OutputLink,
  type PostedEvent,
} from './output-link.js';
import { OutputQueue } from './output-queue.js';

/** How many requests are remembered, for the outputs that cells make after their end. */
const parentLimit = 500;

export interface OutputReceiverOptions {
  /**
   * Hands one output to the socket; `parent` is the request it answers. The next one follows when the
   * returned promise settles; a rejection loses this output alone.
   */
  publish(output: Output, parent: Header | undefined): void | Promise<void>;
  /** What bypassed JavaScript so far: asked for at the end of a cell. */
  readDescriptors?(): Output[];
}

/** The I/O worker's end of the way of outputs: one at a time, in order. */
export class OutputReceiver {
  readonly #port: MessagePort;
  readonly #credit: Int32Array;
  readonly #options: OutputReceiverOptions;
  readonly #queue = new OutputQueue();
  readonly #parents = new Map<string, Header>();
  #foregroundId = '';
  #isPumping = false;
  #pumped = Promise.resolve();

  constructor(link: OutputLink, options: OutputReceiverOptions) {
    this.#port = link.port;
    this.#credit = new Int32Array(link.credit);
    this.#options = options;
    this.#port.on('message', (posted: PostedEvent) => {
      this.#queue.push(posted);
      this.#receiveAll();
      this.#startPumping();
    });
  }

  /** The cell that was started last. */
  get foregroundId(): string {
    return this.#foregroundId;
  }

  /** Puts an output of the worker itself in line. */
  push(output: Output): void {
    this.#queue.push({ event: output, end: undefined });
    this.#startPumping();
  }

  /** Resolves when all that was posted until now has been published. */
  async drain(): Promise<void> {
    this.#receiveAll();
    this.#startPumping();
    await this.#pumped;
  }

  /** Publishes what was posted, then takes no more: main does not wait any longer. */
  async close(): Promise<void> {
    await this.drain();
    Atomics.store(this.#credit, creditSlot.closed, 1);
    Atomics.notify(this.#credit, creditSlot.taken);
    this.#port.close();
  }

  #receiveAll(): void {
    for (;;) {
      const received = receiveMessageOnPort(this.#port);
      if (received === undefined) return;
      this.#queue.push(received.message as PostedEvent);
    }
  }

  #startPumping(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    this.#pumped = this.#pump();
  }

  async #pump(): Promise<void> {
    for (let posted = this.#queue.take(); posted; posted = this.#queue.take()) {
      try {
        await this.#handle(posted.event);
      } catch {
        // This output is lost, as its publisher decided; those behind it are not.
      }
      if (posted.end !== undefined) this.#release(posted.end);
    }
    this.#isPumping = false;
  }

  async #handle(event: OutputEvent): Promise<void> {
    switch (event.kind) {
      case 'parent':
        this.#remember(event.id, event.header);
        return;
      case 'foreground':
        this.#foregroundId = event.id;
        return;
      case 'settle':
        for (const output of this.#options.readDescriptors?.() ?? []) await this.#publish(output);
        return;
      case 'stream':
      case 'message':
        await this.#publish(event);
    }
  }

  async #publish(output: Output): Promise<void> {
    await this.#options.publish(output, this.#parents.get(output.id));
  }

  #remember(id: string, header: Header): void {
    this.#parents.delete(id);
    this.#parents.set(id, header);
    if (this.#parents.size <= parentLimit) return;
    const oldest = this.#parents.keys().next();
    if (!oldest.done) this.#parents.delete(oldest.value);
  }

  #release(end: number): void {
    Atomics.store(this.#credit, creditSlot.taken, end);
    Atomics.notify(this.#credit, creditSlot.taken);
  }
}
