import type { Clock } from '../base/clock.js';
import type { Channel } from '../transport/channel.js';
import type { Header } from '../wire/message.js';
import { StreamMerger } from './stream-merger.js';

/** One message for everybody who listens. */
export interface Publication {
  readonly type: string;
  readonly content: object;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly buffers?: readonly Uint8Array[] | undefined;
}

type ParentOf = (requestId: number | undefined) => Header | undefined;

/** The kernel's side of iopub: everything that it tells all front ends, in order. */
export class Iopub {
  readonly #channel: Channel;
  readonly #topic: string;
  readonly #parentOf: ParentOf;
  readonly #streams: StreamMerger;

  constructor(channel: Channel, options: { kernelId: string; parentOf: ParentOf; clock: Clock }) {
    const { kernelId, parentOf, clock } = options;
    this.#channel = channel;
    this.#topic = `kernel.${kernelId}`;
    this.#parentOf = parentOf;
    this.#streams = new StreamMerger(
      ({ name, text, parentId }) =>
        this.#post({ type: 'stream', content: { name, text } }, parentId),
      { clock },
    );
  }

  publish(publication: Publication, requestId: number | undefined): void {
    this.#streams.flush();
    this.#post(publication, requestId);
  }

  /** Text of a stream may wait a moment for more of it. */
  print(name: 'stdout' | 'stderr', text: string, requestId: number | undefined): void {
    this.#streams.add({ name, text, parentId: requestId });
  }

  status(state: 'starting' | 'busy' | 'idle', requestId: number | undefined): void {
    this.publish({ type: 'status', content: { execution_state: state } }, requestId);
  }

  /**
   * Answers each subscription with a welcome, so that a front end knows from when on it hears all. Ends
   * when the socket is closed.
   *
   * Source: https://jupyter.org/enhancement-proposals/65-jupyter-xpub/jupyter-xpub.html
   */
  async welcomeSubscribers(): Promise<void> {
    for await (const [frame] of this.#channel.socket) {
      if (frame?.[0] !== 1) continue;
      const subscription = Buffer.from(frame.subarray(1)).toString('utf8');
      this.#channel.post({ type: 'iopub_welcome', content: { subscription } }, [subscription]);
    }
  }

  #post({ type, content, metadata, buffers }: Publication, requestId: number | undefined): void {
    const parent = this.#parentOf(requestId);
    this.#channel.post({ type, content, parent, metadata, buffers }, [`${this.#topic}.${type}`]);
  }
}
