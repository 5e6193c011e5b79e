import type { SocketName } from '../../src/controller/sockets.js';
import type { OutgoingFrames } from '../../src/wire/framing.js';

export type Frames = readonly Uint8Array[];

/** A message on one of a controller's sockets, as it was received or handed over to be sent. */
export interface Tapped {
  readonly socket: SocketName;
  readonly frames: Frames;
}

/** What is sent in front of each message that is meant, and behind it. */
export interface Mangling {
  isMeant(message: Tapped): boolean;
  before(message: Tapped): readonly Frames[];
  after(message: Tapped): readonly Frames[];
}

/** The classes of a controller's sockets: those of `src` or those of `lib`, whichever the test uses. */
interface Classes {
  readonly sockets: { readonly prototype: object };
  readonly socket: { readonly prototype: object };
}

interface Mangled {
  readonly before: readonly Frames[];
  readonly after: readonly Frames[];
}

const nothing: Mangled = { before: [], after: [] };

type Send = (this: object, frames: OutgoingFrames) => Promise<void>;
type Iterate = (this: object) => AsyncGenerator<Uint8Array[]>;

function bytesOf(frame: Uint8Array | string): Uint8Array {
  return typeof frame === 'string' ? Buffer.from(frame) : frame;
}

/** Sits on the sockets of every controller that is started while it lasts: listens, and adds messages. */
export class Tap implements Disposable {
  readonly received: Tapped[] = [];
  readonly sent: Tapped[] = [];
  receivedCount = 0;
  /** How many messages were added. */
  mangledCount = 0;
  #isKeeping = true;
  #mangling: Mangling | undefined;
  readonly #names = new WeakMap<object, SocketName>();
  readonly #restore: (() => void)[] = [];

  constructor({ sockets, socket }: Classes) {
    const find = this.#replace<(name: SocketName) => object>(sockets, 'socket');
    const send = this.#replace<Send>(socket, 'send');
    const iterate = this.#replace<Iterate>(socket, Symbol.asyncIterator);
    const names = this.#names;
    const take = (from: object, frames: Frames): void => this.#take(from, frames);
    const mangle = (to: object, frames: Frames): Mangled => this.#mangle(to, frames);
    find.set(function (this: object, name) {
      const found = find.original.call(this, name);
      names.set(found, name);
      return found;
    });
    send.set(function (this: object, frames) {
      const { before, after } = mangle(this, frames.map(bytesOf));
      const add = (wrong: Frames): void => {
        send.original.call(this, wrong).catch(() => undefined); // as who it is for may be gone
      };
      before.forEach(add);
      const sent = send.original.call(this, frames);
      after.forEach(add);
      return sent;
    });
    iterate.set(async function* (this: object) {
      for await (const frames of iterate.original.call(this)) {
        take(this, [...frames]);
        yield frames;
      }
    });
  }

  /** Keeps no messages any more, only counts them. */
  stopKeeping(): void {
    this.#isKeeping = false;
  }

  /** From now on; undefined ends it. */
  mangle(mangling: Mangling | undefined): void {
    this.#mangling = mangling;
  }

  [Symbol.dispose](): void {
    for (const restore of this.#restore) restore();
  }

  #take(socket: object, frames: Frames): void {
    const name = this.#names.get(socket);
    if (name === undefined) return;
    this.receivedCount += 1;
    if (this.#isKeeping) this.received.push({ socket: name, frames });
  }

  #mangle(socket: object, frames: Frames): Mangled {
    const name = this.#names.get(socket);
    if (name === undefined) return nothing;
    const message = { socket: name, frames };
    if (this.#isKeeping) this.sent.push(message);
    if (this.#mangling?.isMeant(message) !== true) return nothing;
    const [before, after] = [this.#mangling.before(message), this.#mangling.after(message)];
    this.mangledCount += before.length + after.length;
    return { before, after };
  }

  #replace<Method extends (...args: never[]) => unknown>(
    { prototype }: { readonly prototype: object },
    name: string | symbol,
  ): { readonly original: Method; set(method: Method): void } {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    if (descriptor === undefined) throw new Error(`no method ${String(name)}`);
    this.#restore.push(() => Object.defineProperty(prototype, name, descriptor));
    return {
      original: descriptor.value as Method,
      set: (value) => Object.defineProperty(prototype, name, { ...descriptor, value }),
    };
  }
}
