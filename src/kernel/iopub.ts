import type { Clock } from '../base/clock.js';
import type { Channel } from '../transport/channel.js';
import type { Header, JsonObject } from '../wire/message.js';
import { StreamMerger } from './stream-merger.js';

/** One message for everybody who listens. */
export interface Publication {
  readonly type: string;
  readonly content: object;
  readonly metadata?: JsonObject | undefined;
  readonly buffers?: readonly Uint8Array[] | undefined;
}

/** The kernel's side of iopub: everything that it tells all front ends, in order. */
export class Iopub {
  readonly #channel: Channel;
  readonly #topic: string;
  readonly #streams: StreamMerger;

  constructor(channel: Channel, options: { kernelId: string; clock: Clock }) {
    this.#channel = channel;
    this.#topic = `kernel.${options.kernelId}`;
    this.#streams = new StreamMerger(
      ({ name, text, parent }) => this.#post({ type: 'stream', content: { name, text } }, parent),
      { clock: options.clock },
    );
  }

  publish(publication: Publication, parent: Header | undefined): void {
    this.#streams.flush();
    this.#post(publication, parent);
  }

  /** Text of a stream may wait a moment for more of it. */
  print(name: 'stdout' | 'stderr', text: string, parent: Header | undefined): void {
    this.#streams.add({ name, text, parent });
  }

  status(state: 'starting' | 'busy' | 'idle', parent: Header | undefined): void {
    this.publish({ type: 'status', content: { execution_state: state } }, parent);
  }

  /** Publishes what waits for more. */
  flush(): void {
    this.#streams.flush();
  }

  /**
   * Answers each subscription with a welcome, so that a front end knows from when on it hears all, and with
   * the kernel's state, which it could not know otherwise. Ends when the socket is closed. That the kernel starts is
   * told to the first one, behind its welcome: ZeroMQ would carry it past a subscription that nobody has read yet.
   *
   * Source: https://jupyter.org/enhancement-proposals/65-jupyter-xpub/jupyter-xpub.html
   */
  async welcomeSubscribers(state: () => 'busy' | 'idle'): Promise<void> {
    let isFirst = true;
    for await (const [frame] of this.#channel.socket) {
      if (frame?.[0] !== 1) continue;
      const subscription = Buffer.from(frame.subarray(1)).toString('utf8');
      this.#channel.post({ type: 'iopub_welcome', content: { subscription } }, [subscription]);
      if (isFirst) this.status('starting', undefined);
      isFirst = false;
      this.status(state(), undefined);
    }
  }

  #post({ type, content, metadata, buffers }: Publication, parent: Header | undefined): void {
    this.#channel.post({ type, content, parent, metadata, buffers }, [`${this.#topic}.${type}`]);
  }
}
