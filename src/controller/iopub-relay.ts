import type { Logger } from '../base/logger.js';
import type { Closeable } from '../base/scope.js';
import type { Channel } from '../transport/channel.js';
import type { Socket } from '../transport/socket.js';
import { serve } from './serve.js';

export interface IopubRelayOptions {
  /** Where engines publish. */
  readonly engines: Socket;
  /** Where clients subscribe. */
  readonly clients: Channel;
  readonly log: Logger;
  /** Called after the message was published. */
  readonly onOutput?: (frames: readonly Uint8Array[]) => void;
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
      serve(clients.socket, (frames) => this.#welcome(frames), log),
    ];
  }

  async close(): Promise<void> {
    const { engines, clients } = this.#options;
    await Promise.all([engines.close(), clients.close()]);
    await Promise.all(this.#loops);
  }

  #publish(frames: readonly Uint8Array[]): void {
    const { clients, log, onOutput } = this.#options;
    clients.socket.send(frames).catch((error: unknown) => {
      log.warn('output not published', { error: String(error) });
    });
    onOutput?.(frames);
  }

  /** `[1 topic]`: someone subscribed. ZeroMQ has noted the subscriptions that came before it as well. */
  #welcome([frame]: readonly Uint8Array[]): void {
    if (frame?.[0] !== subscribed) return;
    const topic = Buffer.from(frame.subarray(1)).toString('latin1');
    if (!topic.startsWith(welcomeTopic)) return;
    const session = topic.slice(welcomeTopic.length);
    this.#options.clients.post({ type: 'pxlab_welcome', content: { session } }, [topic]);
  }
}
