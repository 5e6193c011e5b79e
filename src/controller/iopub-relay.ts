import type { Logger } from '../base/logger.js';
import type { Closeable } from '../base/scope.js';
import type { Channel } from '../transport/channel.js';
import type { Socket } from '../transport/socket.js';
import { sampleTopic, stateTopic } from '../wire/cluster-state.js';
import { serve } from './serve.js';

export interface IopubRelayOptions {
  /** Where engines publish. */
  readonly engines: Socket;
  /** Where clients subscribe. */
  readonly clients: Channel;
  readonly log: Logger;
  /** Called after the message was published. */
  readonly onOutput?: (frames: readonly Uint8Array[]) => void;
  /** What engines tell of themselves is for the controller alone. */
  readonly onSample?: (frames: readonly Uint8Array[]) => void;
  /** Someone began to look at the state of the cluster, or the last one has ceased to. */
  readonly onWatch?: (isWatched: boolean) => void;
}

const welcomeTopic = 'pxlab-welcome.';
const subscribed = 1;

/**
 * Publishes to clients what engines publish. A client that subscribes to `pxlab-welcome.<session>` gets
 * one message on that topic: from there on it misses nothing.
 */
export class IopubRelay implements Closeable {
  readonly #options: IopubRelayOptions;
  readonly #loops: readonly Promise<void>[];

  constructor(options: IopubRelayOptions) {
    this.#options = options;
    const { engines, clients, log } = options;
    this.#loops = [
      serve(engines, (frames) => this.#publish(frames), log),
      serve(clients.socket, (frames) => this.#subscription(frames), log),
    ];
  }

  async close(): Promise<void> {
    const { engines, clients } = this.#options;
    await Promise.all([engines.close(), clients.close()]);
    await Promise.all(this.#loops);
  }

  #publish(frames: readonly Uint8Array[]): void {
    const { clients, log, onOutput, onSample } = this.#options;
    if (frames[0] !== undefined && isSample(frames[0])) {
      onSample?.(frames);
      return;
    }
    clients.socket.send(frames).catch((error: unknown) => {
      log.warn('output not published', { error: String(error) });
    });
    onOutput?.(frames);
  }

  /** `[1 topic]`: someone subscribed. ZeroMQ has noted the subscriptions that came before it as well. */
  #subscription([frame]: readonly Uint8Array[]): void {
    if (frame === undefined) return;
    const topic = Buffer.from(frame.subarray(1)).toString('latin1');
    if (topic === stateTopic) this.#options.onWatch?.(frame[0] === subscribed);
    if (frame[0] === subscribed && topic.startsWith(welcomeTopic)) this.#welcome(topic);
  }

  #welcome(topic: string): void {
    const session = topic.slice(welcomeTopic.length);
    this.#options.clients.post({ type: 'pxlab_welcome', content: { session } }, [topic]);
  }
}

const sampleTopicBytes = Buffer.from(sampleTopic, 'latin1');

function isSample(topic: Uint8Array): boolean {
  return topic.byteLength === sampleTopicBytes.byteLength && sampleTopicBytes.equals(topic);
}
