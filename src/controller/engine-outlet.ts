import type { Clock } from '../base/clock.js';
import { hasCode, messageOf } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import type { Socket } from '../transport/socket.js';

export interface EngineOutletOptions {
  readonly socket: Socket;
  readonly clock: Clock;
  readonly log: Logger;
  readonly isRegistered: (uuid: string) => boolean;
  /** A registered engine could not be reached for a second. */
  readonly onUnreachable: (uuid: string) => void;
}

const retryForMs = 1000;
const retryPeriodMs = 20;

/**
 * The sending side of a router that faces engines. ZeroMQ refuses what is for an engine that is not
 * connected: for a registered one it is kept and tried again for a second, in order; for others dropped.
 */
export class EngineOutlet {
  readonly #options: EngineOutletOptions;
  /** Messages of engines that could not be reached a moment ago, in order. */
  readonly #kept = new Map<string, (readonly Uint8Array[])[]>();

  constructor(options: EngineOutletOptions) {
    this.#options = options;
  }

  /** Sends `frames`, whose first is the engine's uuid. */
  send(frames: readonly Uint8Array[]): void {
    const kept = this.#kept.size === 0 ? undefined : this.#kept.get(uuidOf(frames));
    if (kept !== undefined) {
      kept.push(frames);
      return;
    }
    this.#options.socket.send(frames).catch((error: unknown) => this.#refused(frames, error));
  }

  #refused(frames: readonly Uint8Array[], error: unknown): void {
    const { log, isRegistered } = this.#options;
    const uuid = uuidOf(frames);
    if (!hasCode(error, 'EHOSTUNREACH')) {
      log.warn('message not sent', { uuid, error: messageOf(error) });
      return;
    }
    if (!isRegistered(uuid)) {
      log.warn('message for an unknown engine dropped', { uuid });
      return;
    }
    const kept = this.#kept.get(uuid);
    if (kept === undefined) {
      this.#kept.set(uuid, [frames]);
      void this.#retry(uuid); // it catches what it throws
    } else {
      kept.push(frames);
    }
  }

  async #retry(uuid: string): Promise<void> {
    const { socket, clock, log, isRegistered, onUnreachable } = this.#options;
    const deadlineMs = clock.now() + retryForMs;
    const kept = this.#kept.get(uuid) ?? [];
    while (kept[0] !== undefined && isRegistered(uuid) && clock.now() < deadlineMs) {
      try {
        await socket.send(kept[0]);
        kept.shift();
      } catch {
        await clock.sleep(retryPeriodMs);
      }
    }
    this.#kept.delete(uuid);
    if (kept.length === 0) return;
    log.warn('engine not reachable, its messages dropped', { uuid, count: kept.length });
    if (isRegistered(uuid)) onUnreachable(uuid);
  }
}

function uuidOf([first]: readonly Uint8Array[]): string {
  return first === undefined ? '' : Buffer.from(first).toString('latin1');
}
