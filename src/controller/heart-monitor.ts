import type { Clock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import type { Closeable } from '../base/scope.js';
import type { Socket } from '../transport/socket.js';
import { type HeartEvent, type HeartOptions, HeartState } from './heart-state.js';
import { serve } from './serve.js';

interface HeartListener {
  /** All links of the engine are up. */
  onBegan(uuid: string): void;
  /** It is silent since a link broke; it may be gone. */
  onSuspected(uuid: string): void;
  onLost(uuid: string, misses: number): void;
  /** A heart that is not watched beats. */
  onStranger(uuid: string): unknown;
  /** Called at each ping, so that others need no timer of their own. */
  onTime(nowMs: number): void;
}

export interface HeartMonitorOptions extends HeartOptions {
  readonly ping: Socket;
  readonly pong: Socket;
  readonly clock: Clock;
  readonly log: Logger;
  readonly listener: HeartListener;
}

/** Pings all engines in a period and listens for their echo. */
export class HeartMonitor implements Closeable {
  readonly #options: HeartMonitorOptions;
  readonly #state: HeartState;
  readonly #closing = new AbortController();
  readonly #loops: Promise<void>[] = [];
  #wake = new AbortController();

  constructor(options: HeartMonitorOptions) {
    this.#options = options;
    this.#state = new HeartState(options);
    const { pong, log } = options;
    this.#loops.push(
      serve(pong, (frames) => this.#hear(frames), log),
      this.#beat(),
    );
  }

  watch(uuid: string): void {
    this.#handle({ type: 'engine-accepted', uuid, nowMs: this.#options.clock.now() });
    this.#wake.abort();
  }

  forget(uuid: string): void {
    this.#handle({ type: 'engine-gone', uuid });
  }

  /** A connection of some engine ended: pings all at once. */
  suspect(): void {
    this.#handle({ type: 'link-lost', nowMs: this.#options.clock.now() });
    this.#wake.abort();
  }

  /** Ends the pinging; the sockets' owner closes them. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake.abort();
    await this.#options.pong.close();
    await Promise.all(this.#loops);
  }

  async #beat(): Promise<void> {
    const { clock, listener } = this.#options;
    while (!this.#closing.signal.aborted) {
      const nowMs = clock.now();
      this.#handle({ type: 'time-passed', nowMs });
      listener.onTime(nowMs);
      this.#wake = new AbortController();
      await clock.sleep(Math.max(1, this.#state.nextWakeMs - clock.now()), this.#wake.signal);
    }
  }

  /** `[uuid][payload]`: what was pinged, from whom. */
  #hear([uuid, payload]: readonly Uint8Array[]): void {
    if (uuid === undefined || payload === undefined) return;
    this.#handle({
      type: 'pong-arrived',
      uuid: Buffer.from(uuid).toString('latin1'),
      payload: Buffer.from(payload).toString('latin1'),
      nowMs: this.#options.clock.now(),
    });
  }

  #handle(event: HeartEvent): void {
    const { ping, log, listener } = this.#options;
    for (const instruction of this.#state.handle(event)) {
      switch (instruction.type) {
        case 'ping':
          ping.send([Buffer.from(instruction.payload)]).catch((error: unknown) => {
            log.warn('ping not sent', { error: String(error) });
          });
          break;
        case 'began':
          listener.onBegan(instruction.uuid);
          break;
        case 'probe':
          listener.onSuspected(instruction.uuid);
          break;
        case 'tell-stranger':
          listener.onStranger(instruction.uuid);
          break;
        case 'lost':
          listener.onLost(instruction.uuid, instruction.misses);
          break;
      }
    }
  }
}
