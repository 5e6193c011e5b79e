import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import type { Header } from '../wire/message.js';
import type { CapturedDescriptors } from './descriptor-capture.js';
import { DescriptorReader, type DescriptorText } from './descriptor-reader.js';
import {
  creditSlot,
  type Output,
  type OutputLink,
  type PostedEvent,
  type StreamOutput,
} from './output-link.js';
import { OutputQueue } from './output-queue.js';

/** How many requests are remembered, for the outputs that cells make after their end. */
const parentLimit = 500;
/** How many characters of the worker's own streams, from children mostly, may wait here. */
const ownLimit = 1024 * 1024;

export interface OutputReceiverOptions {
  /**
   * Hands one output to the socket; `parent` is the request it answers. The next one follows when the
   * returned promise settles; a rejection loses this output alone.
   */
  publish(output: Output, parent: Header | undefined): void | Promise<void>;
  /** Where to read what bypasses JavaScript: goes out with the outputs of the cell started last. */
  readonly descriptors?: CapturedDescriptors | undefined;
}

/** The I/O worker's end of the way of outputs: one at a time, in order. */
export class OutputReceiver {
  readonly #port: MessagePort;
  readonly #credit: Int32Array;
  readonly #options: OutputReceiverOptions;
  readonly #queue = new OutputQueue();
  readonly #parents = new Map<string, Header>();
  readonly #reader: DescriptorReader | undefined;
  /** Of the events that were handled, and of those that arrived. */
  #foregroundId = '';
  #latestForegroundId = '';
  #ownSize = 0;
  #isPumping = false;
  #pumped = Promise.resolve();

  constructor(link: OutputLink, options: OutputReceiverOptions) {
    this.#port = link.port;
    this.#credit = new Int32Array(link.credit);
    this.#options = options;
    this.#reader =
      options.descriptors && new DescriptorReader(options.descriptors, (text) => this.#print(text));
    this.#port.on('message', (posted: PostedEvent) => {
      this.#receive(posted);
      this.#receiveAll();
      this.#startPumping();
    });
  }

  /** Puts an output of the worker itself in line. */
  push(output: Output): void {
    this.#queue.push({ event: output, end: undefined });
    if (output.kind === 'stream') this.#ownSize += output.text.length;
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
    await this.#publishBypassed();
    this.#reader?.close();
    Atomics.store(this.#credit, creditSlot.closed, 1);
    Atomics.notify(this.#credit, creditSlot.taken);
    this.#port.close();
  }

  #receiveAll(): void {
    for (;;) {
      const received = receiveMessageOnPort(this.#port);
      if (received === undefined) return;
      this.#receive(received.message as PostedEvent);
    }
  }

  #receive(posted: PostedEvent): void {
    this.#queue.push(posted);
    if (posted.event.kind === 'foreground') this.#latestForegroundId = posted.event.id;
  }

  #startPumping(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    this.#pumped = this.#pump();
  }

  async #pump(): Promise<void> {
    for (let posted = this.#queue.take(); posted; posted = this.#queue.take()) {
      try {
        await this.#handle(posted);
      } catch {
        // This output is lost, as its publisher decided; those behind it are not.
      }
      if (posted.end !== undefined) this.#release(posted.end);
    }
    this.#isPumping = false;
  }

  async #handle({ event, end }: PostedEvent): Promise<void> {
    switch (event.kind) {
      case 'parent':
        this.#remember(event.id, event.header);
        return;
      case 'foreground':
        this.#foregroundId = event.id;
        return;
      case 'settle':
        return this.#publishBypassed();
      case 'stream':
        return end === undefined ? this.#publishOwn(event) : this.#publish(event);
      case 'message':
        return this.#publish(event);
    }
  }

  /** Its cell may have begun while this thread was busy: the port is asked first. */
  #print({ name, text }: DescriptorText): void {
    Atomics.add(this.#credit, creditSlot.bypassed, 1);
    this.#receiveAll();
    this.push({ kind: 'stream', id: this.#latestForegroundId, name, text });
    // Nothing is lost: the pipe fills, and who prints has to wait.
    if (this.#ownSize > ownLimit) this.#reader?.pause();
  }

  /** All that bypassed JavaScript until now, older text first. */
  async #publishBypassed(): Promise<void> {
    const id = this.#foregroundId;
    const waiting = this.#queue.extractOwn();
    const arrived = this.#reader?.readNow() ?? [];
    for (const output of waiting) await this.#publishOwn(output);
    for (const { name, text } of arrived) {
      Atomics.add(this.#credit, creditSlot.bypassed, 1);
      await this.#publish({ kind: 'stream', id, name, text });
    }
  }

  async #publishOwn(output: StreamOutput): Promise<void> {
    await this.#publish(output);
    this.#ownSize -= output.text.length;
    if (this.#ownSize < ownLimit) this.#reader?.resume();
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
