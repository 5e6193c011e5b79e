import type { Clock } from '../base/clock.js';
import { hasCode, messageOf } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import type { Socket } from '../transport/socket.js';
import { SparseLog } from '../base/sparse-log.js';
import type { OutgoingFrames } from '../wire/framing.js';

export interface EngineOutletOptions {
  readonly socket: Socket;
  readonly clock: Clock;
  readonly log: Logger;
  /** Whether it is registered, or will be if it still lives. */
  readonly isExpected: (uuid: string) => boolean;
  /** How long an engine whose connection broke may take to connect again. */
  readonly patienceMs: number;
  /** An expected engine could not be reached for that long. */
  readonly onUnreachable: (uuid: string) => void;
}

const retryPeriodMs = 20;

/**
 * The sending side of a router that faces engines. ZeroMQ refuses what is for an engine that is not
 * connected: for an expected one it is tried again for a while, in order; for others it is dropped.
 */
export class EngineOutlet {
  readonly #options: EngineOutletOptions;
  readonly #sparse: SparseLog;
  /** Messages that ZeroMQ has not taken yet, by engine. */
  readonly #queues = new Map<string, OutgoingFrames[]>();

  constructor(options: EngineOutletOptions) {
    this.#options = options;
    this.#sparse = new SparseLog(options.log);
  }

  /** Sends `frames`, whose first is the engine's uuid. */
  send(frames: OutgoingFrames): void {
    const uuid = uuidOf(frames);
    const queue = this.#queues.get(uuid);
    if (queue !== undefined) {
      queue.push(frames);
      return;
    }
    const queued = [frames];
    this.#queues.set(uuid, queued);
    void this.#drain(uuid, queued); // it catches what it throws
  }

  async #drain(uuid: string, queue: OutgoingFrames[]): Promise<void> {
    for (let frames = queue[0]; frames !== undefined; frames = queue[0]) {
      if (!(await this.#deliver(uuid, frames))) break;
      queue.shift();
    }
    this.#queues.delete(uuid);
    const { log, isExpected, onUnreachable } = this.#options;
    if (queue.length === 0 || !isExpected(uuid)) return;
    log.warn('engine not reachable, its messages dropped', { uuid, count: queue.length });
    onUnreachable(uuid);
  }

  /** False when the engine cannot be reached. */
  async #deliver(uuid: string, frames: OutgoingFrames): Promise<boolean> {
    const { socket, clock, isExpected, patienceMs } = this.#options;
    let deadlineMs: number | undefined;
    for (;;) {
      try {
        await socket.send(frames);
        return true;
      } catch (error) {
        if (!hasCode(error, 'EHOSTUNREACH')) {
          this.#sparse.warn('message not sent', { uuid, error: messageOf(error) });
          return true;
        }
      }
      if (!isExpected(uuid)) {
        this.#sparse.warn('message for an unknown engine dropped', { uuid });
        return false;
      }
      deadlineMs ??= clock.now() + patienceMs;
      if (clock.now() >= deadlineMs) return false;
      await clock.sleep(retryPeriodMs);
    }
  }
}

function uuidOf([first]: OutgoingFrames): string {
  if (first === undefined) return '';
  if (typeof first === 'string') return Buffer.from(first).toString('latin1');
  return Buffer.from(first.buffer, first.byteOffset, first.byteLength).toString('latin1');
}
