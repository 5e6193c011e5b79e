import { createRequire } from 'node:module';
import type * as Zmq from 'zeromq';
import { systemClock } from '../base/clock.js';
import { hasCode } from '../base/errors.js';
import type { Closeable } from '../base/scope.js';
import type { OutgoingFrames } from '../wire/framing.js';
import { cheapest } from './cheapest.js';
import { bindError, unreachable } from './socket-errors.js';

/** By `require`: an import of it takes 10 ms more, which Node spends on guessing its exports. */
const zmq = createRequire(import.meta.url)('zeromq') as typeof Zmq;

/** A closing socket gives up when ZeroMQ took nothing for so long. */
const takeLimitMs = 1000;

/** What the two ends of a link are to each other; the names are ZeroMQ's. */
export type SocketKind = 'router' | 'dealer' | 'xpublisher' | 'publisher' | 'subscriber' | 'reply';

/** Key pair of one end, Z85. */
export interface CurveKeys {
  readonly publicKey: string;
  readonly secretKey: string;
}

export interface SocketOptions {
  /** ZeroMQ identity: how a ROUTER on the other side addresses this socket. */
  readonly identity?: string;
  /** Addresses to connect to. They need not be bound yet. */
  readonly connect?: readonly string[];
  /** Public key of the server, when the addresses are guarded by CURVE. */
  readonly curveServerKey?: string | undefined;
  /** How long a closed socket goes on delivering what it was given. @defaultValue 1000 */
  readonly lingerMs?: number;
  /** A ROUTER rejects sends to identities that are not connected, instead of dropping them. */
  readonly mandatory?: boolean;
  /** A peer that is silent for so long is asked for a sign, and a connection without one ends. @defaultValue never */
  readonly heartbeatMs?: number | undefined;
  /** What a subscriber asks for, by the start of the first frame. @defaultValue everything */
  readonly topics?: readonly string[];
}

/** Something that happened to a connection of a socket. */
export type LinkEvent = 'connected' | 'disconnected' | 'refused';

/**
 * A ZeroMQ socket that takes any number of sends at once, in order, and closes quietly.
 *
 * Queues are unbounded in ZeroMQ (high-water marks 0): messages are never dropped here, senders that
 * could flood bound themselves.
 */
export class Socket implements Closeable {
  readonly #socket: AnySocket;
  /** The last send; it may have failed. */
  #last: Promise<void> = Promise.resolve();
  /** Sends that wait for their turn. */
  #waiting = 0;
  /** How many of those ZeroMQ took. */
  #taken = 0;
  #watching = false;
  #isCurveClient = false;
  readonly #listeners = new Set<(event: LinkEvent, address: string) => void>();

  /** Opens a socket and starts connecting it; nothing is awaited, so that many open in parallel. */
  constructor(kind: SocketKind, options: SocketOptions = {}) {
    this.#socket = create(kind, options);
    if (options.curveServerKey !== undefined) this.#beCurveClient(options.curveServerKey);
    if (options.heartbeatMs !== undefined) {
      this.#socket.heartbeatInterval = options.heartbeatMs;
      this.#socket.heartbeatTimeout = options.heartbeatMs;
    }
    if (options.connect !== undefined && options.connect.length > 0) {
      this.#watch();
      for (const address of options.connect) this.#socket.connect(address);
    }
    if (this.#socket instanceof zmq.Subscriber) this.#socket.subscribe(...(options.topics ?? ['']));
  }

  /**
   * Binds `address`; `tcp://IP:*` takes any free port. With `curve`, peers must speak CURVE there, while
   * addresses bound without it stay plain: bind the guarded ones first.
   *
   * @returns The port, for a TCP address.
   * @throws {@link ParallelError} `ADDRESS_IN_USE`.
   */
  async bind(address: string, curve?: CurveKeys): Promise<number | undefined> {
    this.#watch();
    this.#guard(curve);
    try {
      await this.#socket.bind(address);
    } catch (error) {
      throw bindError(address, error);
    }
    const port = /^tcp:.*:(\d+)$/.exec(this.#socket.lastEndpoint ?? '')?.[1];
    return port === undefined ? undefined : Number(port);
  }

  /**
   * Hands `frames` to ZeroMQ, after what was sent before. Resolves when they were taken; after `close`
   * they are dropped.
   *
   * @throws an error of code `EHOSTUNREACH` when the socket is a mandatory ROUTER and the first frame
   *   names no connected peer.
   */
  send(frames: OutgoingFrames): Promise<void> {
    this.#last = (this.#waiting === 0 ? this.#trySend(frames) : undefined) ?? this.#wait(frames);
    return this.#last;
  }

  /** Hands `frames` to ZeroMQ before it returns, ahead of what waits: for a process that ends now. */
  sendAtOnce(frames: OutgoingFrames): void {
    const socket = this.#socket;
    if (socket.closed || !('send' in socket)) return;
    socket.send(cheapest(frames)).catch(() => undefined); // nobody is left to be told
  }

  /** Messages as they arrive, until the socket is closed. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array[], void, void> {
    // By hand: a generator would cost three turns of the microtask queue for each message.
    const messages: AsyncIterableIterator<Uint8Array[], void, void> = {
      next: () => this.#receive(),
      [Symbol.asyncIterator]: () => messages,
    };
    return messages;
  }

  /** A subscriber asks for one topic more, until it does not want it any more. */
  want(topic: string, isWanted: boolean): void {
    const socket = this.#socket;
    if (!(socket instanceof zmq.Subscriber) || socket.closed) return;
    if (isWanted) socket.subscribe(topic);
    else socket.unsubscribe(topic);
  }

  /** Calls `listener` at each connection that comes or goes. @returns a function that ends it. */
  onLink(listener: (event: LinkEvent, address: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Waits for what was sent, then closes. Once ZeroMQ takes nothing more, the rest is dropped: without a
   * peer, as after a refusal, it takes nothing, ever.
   */
  async close(): Promise<void> {
    const isOver = new AbortController();
    const end = (): void => isOver.abort();
    void this.#last.then(end, end);
    for (let taken = -1; !isOver.signal.aborted && taken !== this.#taken;) {
      taken = this.#taken;
      await systemClock.sleep(takeLimitMs, isOver.signal);
    }
    if (!this.#socket.closed) this.#socket.close();
  }

  /** Asked anew after each await, since the socket may have been closed meanwhile. */
  #isClosed(): boolean {
    return this.#socket.closed;
  }

  async #receive(): Promise<IteratorResult<Uint8Array[], void>> {
    const socket = this.#socket;
    if (socket.closed || !('receive' in socket)) return { done: true, value: undefined };
    try {
      return { done: false, value: await socket.receive() };
    } catch (error) {
      if (this.#isClosed() || hasCode(error, 'EAGAIN')) return { done: true, value: undefined };
      throw error;
    }
  }

  /** Sends at once; undefined when that is refused, as while the send before is under way. */
  #trySend(frames: OutgoingFrames): Promise<void> | undefined {
    const socket = this.#socket;
    if (socket.closed || !('send' in socket)) return Promise.resolve();
    try {
      return socket.send(cheapest(frames)).catch((error: unknown) => this.#fail(error));
    } catch {
      return undefined;
    }
  }

  async #wait(frames: OutgoingFrames): Promise<void> {
    this.#waiting += 1;
    try {
      await this.#last.catch(() => undefined);
      await this.#sendNow(frames);
      this.#taken += 1;
    } finally {
      this.#waiting -= 1;
    }
  }

  async #sendNow(frames: OutgoingFrames): Promise<void> {
    const socket = this.#socket;
    if (socket.closed || !('send' in socket)) return;
    await socket.send(cheapest(frames)).catch((error: unknown) => this.#fail(error));
  }

  /** After a close nobody is told. */
  #fail(error: unknown): void {
    if (this.#isClosed()) return;
    throw hasCode(error, 'EAGAIN') ? unreachable(error) : error;
  }

  /**
   * Sets how the next address is guarded. libzmq copies a socket's options at each bind, so that one
   * socket has guarded and plain addresses; zeromq.js warns of options that are set between two binds,
   * which is just what is meant here.
   */
  #guard(curve: CurveKeys | undefined): void {
    const emitWarning = process.emitWarning.bind(process);
    process.emitWarning = () => undefined;
    try {
      this.#socket.curveServer = curve !== undefined;
      if (curve !== undefined) this.#socket.curveSecretKey = curve.secretKey;
    } finally {
      process.emitWarning = emitWarning;
    }
  }

  #beCurveClient(serverKey: string): void {
    this.#isCurveClient = true;
    const { publicKey, secretKey } = zmq.curveKeyPair();
    this.#socket.curveServerKey = serverKey;
    this.#socket.curvePublicKey = publicKey;
    this.#socket.curveSecretKey = secretKey;
  }

  /** Event monitors cost an inproc pair each, so a socket has one only once it is bound or connected. */
  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    const notify = (event: LinkEvent) => (details: { address?: string }) => {
      for (const listener of this.#listeners) listener(event, details.address ?? '');
    };
    this.#socket.events.on('handshake', notify('connected'));
    this.#socket.events.on('disconnect', notify('disconnected'));
    this.#socket.events.on('handshake:error:auth', notify('refused'));
    this.#socket.events.on('handshake:error:protocol', notify('refused'));
    if (this.#isCurveClient) this.#watchHangUps(notify('refused'));
  }

  /**
   * A server hangs up on a client with another key without a word, as one does that ends just then: only
   * the second time in a row is a refusal.
   */
  #watchHangUps(refused: (details: { address?: string }) => void): void {
    const hungUp = new Set<string | undefined>();
    this.#socket.events.on('handshake', ({ address }) => hungUp.delete(address));
    this.#socket.events.on('handshake:error:other', (details) => {
      if (hungUp.has(details.address)) refused(details);
      hungUp.add(details.address);
    });
  }
}

/**
 * How many threads carry what goes over sockets. It holds for sockets that this process opens later, when
 * it has opened none yet. With one thread, each message waits for those of all other connections, and under
 * load for that thread's turn: `docs/design/cost-of-a-call.md`.
 */
export function useIoThreads(count: number): void {
  zmq.context.ioThreads = count;
}

/** A new key pair for CURVE. */
export function newCurveKeys(): CurveKeys {
  return zmq.curveKeyPair();
}

type AnySocket =
  Zmq.Router | Zmq.Dealer | Zmq.XPublisher | Zmq.Publisher | Zmq.Subscriber | Zmq.Reply;

function create(kind: SocketKind, options: SocketOptions): AnySocket {
  const { identity, lingerMs: linger = 1000, mandatory = false } = options;
  const routing = identity === undefined ? {} : { routingId: identity };
  const unlimited = { sendHighWaterMark: 0, receiveHighWaterMark: 0 };
  switch (kind) {
    case 'router':
      return new zmq.Router({
        linger,
        ...unlimited,
        ...routing,
        ...reach(mandatory),
        handover: true,
      });
    case 'dealer':
      return new zmq.Dealer({ linger, ...unlimited, ...routing });
    case 'xpublisher':
      return new zmq.XPublisher({ linger, ...unlimited, verbosity: 'allSubs' });
    case 'publisher':
      return new zmq.Publisher({ linger, sendHighWaterMark: 0 });
    case 'subscriber':
      return new zmq.Subscriber({ linger: 0, receiveHighWaterMark: 0 });
    case 'reply':
      return new zmq.Reply({ linger });
  }
}

/** A mandatory ROUTER without any peer is never writable: a send must not wait for one. */
function reach(mandatory: boolean): { mandatory?: boolean; sendTimeout?: number } {
  return mandatory ? { mandatory, sendTimeout: 0 } : {};
}
