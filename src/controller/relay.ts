import type { Logger } from '../base/logger.js';
import type { Closeable } from '../base/scope.js';
import type { Socket } from '../transport/socket.js';
import { isDelimiter } from '../wire/framing.js';
import type { EngineOutlet } from './engine-outlet.js';
import { serve } from './serve.js';
import { SparseLog } from '../base/sparse-log.js';

export interface RelayOptions {
  readonly clients: Socket;
  readonly engines: Socket;
  readonly outlet: EngineOutlet;
  readonly log: Logger;
  /** Called after the message was sent on; the frames are those of the receiver. */
  readonly onRequest?: (frames: readonly Uint8Array[]) => void;
  readonly onReply?: (frames: readonly Uint8Array[]) => void;
}

/**
 * Carries messages between clients and the engines that they name: `[client][engine] …` from a client
 * is `[engine][client] …` for the engine, and the other way round. Nothing is parsed or copied.
 */
export class Relay implements Closeable {
  readonly #options: RelayOptions;
  readonly #sparse: SparseLog;
  readonly #loops: readonly Promise<void>[];

  constructor(options: RelayOptions) {
    this.#options = options;
    const { clients, engines, log } = options;
    this.#sparse = new SparseLog(log);
    this.#loops = [
      serve(clients, (frames) => this.#request(frames), log),
      serve(engines, (frames) => this.#reply(frames), log),
    ];
  }

  async close(): Promise<void> {
    const { clients, engines } = this.#options;
    await Promise.all([clients.close(), engines.close()]);
    await Promise.all(this.#loops);
  }

  #request(frames: Uint8Array[]): void {
    if (!this.#swap(frames)) return;
    this.#options.outlet.send(frames);
    this.#options.onRequest?.(frames);
  }

  #reply(frames: Uint8Array[]): void {
    if (!this.#swap(frames)) return;
    const { clients, onReply } = this.#options;
    clients.send(frames).catch((error: unknown) => {
      this.#sparse.warn('reply not sent', { error: String(error) });
    });
    onReply?.(frames);
  }

  /** Exchanges sender and receiver in place; false for a message that has not both of them. */
  #swap(frames: Uint8Array[]): boolean {
    const [sender, receiver, delimiter] = frames;
    if (sender === undefined || receiver === undefined || !isDelimiter(delimiter)) {
      this.#sparse.warn('message without a receiver dropped', { frames: frames.length });
      return false;
    }
    frames[0] = receiver;
    frames[1] = sender;
    return true;
  }
}
