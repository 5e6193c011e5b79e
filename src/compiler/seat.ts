import type { MessagePort } from 'node:worker_threads';
import type { ReplyMessage, RequestMessage } from './protocol.js';

export interface Ending {
  /** How it ended. */
  readonly text: string;
  /** It ended by itself: nobody ended it from outside, and it could be started at all. */
  readonly isOwnFault: boolean;
}

/** Where the compiler is: a process of its own, or a thread of this one. */
export interface Seat {
  post(message: RequestMessage): void;
  onReply(listener: (reply: ReplyMessage) => void): void;
  /** Resolves when it has ended. Never rejects. */
  readonly ended: Promise<Ending>;
  /** This process stays for its answer. */
  ref(): void;
  /** This process may end. */
  unref(): void;
  /** Ends it, whatever it does. */
  close(): Promise<void>;
}

/** The way of another thread of this process to a compiler: a port of the thread's, or the path of a socket. */
export type CompilerWay = MessagePort | string;

export interface SeatOptions {
  readonly cwd: string;
  /** Gets a way to the compiler, for another thread of this process to ask it. */
  readonly onWay?: ((way: CompilerWay) => void) | undefined;
}
