import type { Clock } from '../base/clock.js';
import type { Closeable } from '../base/scope.js';
import type { LinkEvent, Socket } from '../transport/socket.js';

/**
 * Answers the hub's pings, from `start` on: the first answer tells the hub that every link of this
 * engine stands. Watches that pings come.
 */
export class Heart implements Closeable {
  readonly #ping: Socket;
  readonly #pong: Socket;
  #isBeating = false;
  #waiting: Uint8Array[] | undefined;
  #lastPing: number;

  readonly #clock: Clock;

  constructor(ping: Socket, pong: Socket, clock: Clock) {
    this.#ping = ping;
    this.#pong = pong;
    this.#clock = clock;
    this.#lastPing = clock.now();
    void this.#echo(); // ends with the socket
  }

  /** Starts to answer, with the ping that came last: a hub takes a pong for the previous ping too. */
  start(): void {
    this.#isBeating = true;
    if (this.#waiting !== undefined) this.#answer(this.#waiting);
  }

  /** True when no ping has come for so long that there is no hub any more. */
  isSilent(limitMs: number): boolean {
    return this.#clock.now() - this.#lastPing > limitMs;
  }

  async close(): Promise<void> {
    await Promise.all([this.#ping.close(), this.#pong.close()]);
  }

  async #echo(): Promise<void> {
    for await (const frames of this.#ping) {
      this.#lastPing = this.#clock.now();
      if (this.#isBeating) this.#answer(frames);
      else this.#waiting = frames;
    }
  }

  #answer(frames: Uint8Array[]): void {
    this.#pong.send(frames).catch(() => undefined); // a pong that is lost is a beat that is missed
  }
}

/** Since when all links of an engine to its controller have been up, or one was down. */
export class LinkWatch {
  readonly #clock: Clock;
  readonly #downSince = new Map<Socket, number>();

  constructor(sockets: readonly Socket[], clock: Clock) {
    this.#clock = clock;
    for (const socket of sockets) socket.onLink((event) => this.#note(socket, event));
  }

  /** How long the link that has been down longest has been so; 0 when all are up. */
  downMs(): number {
    return this.#downSince.size === 0
      ? 0
      : this.#clock.now() - Math.min(...this.#downSince.values());
  }

  #note(socket: Socket, event: LinkEvent): void {
    if (event === 'connected') this.#downSince.delete(socket);
    else if (!this.#downSince.has(socket)) this.#downSince.set(socket, this.#clock.now());
  }
}

/** Resolves when `socket` has its connection for the first time. */
export function connected(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const forget = socket.onLink((event) => {
      if (event !== 'connected') return;
      forget();
      resolve();
    });
  });
}
