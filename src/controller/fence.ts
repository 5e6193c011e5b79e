import type { Clock } from '../base/clock.js';
import type { Socket } from '../transport/socket.js';
import { type Message, parentIdOf } from '../wire/message.js';

export interface FenceOptions {
  /** The socket that engines connect to. */
  readonly socket: Socket;
  readonly clock: Clock;
  /** Requests that engines have been sent and have not answered, by the engine's uuid. */
  readonly pending: () => ReadonlyMap<string, readonly string[]>;
  /** Sends the engine a request that any engine answers, behind all others. @returns its id. */
  readonly ask: (uuid: string) => string;
  readonly onLost: (uuid: string, ids: readonly string[]) => void;
}

interface Question {
  readonly uuid: string;
  /** What it was sent before. */
  readonly ids: readonly string[];
}

/** How long after a connection broke those that come are taken for its successors. */
const healingMs = 120_000;

/**
 * What is on its way when a connection breaks may be lost, and nobody is told. An engine answers in order:
 * so, connected again, it is asked something, and what it has not answered by then it never will.
 */
export class Fence {
  readonly #options: FenceOptions;
  readonly #questions = new Map<string, Question>();
  #brokenMs = -Infinity;

  constructor(options: FenceOptions) {
    this.#options = options;
    options.socket.onLink((event) => {
      if (event === 'disconnected') this.#brokenMs = options.clock.now();
      if (event === 'connected') this.#askAll();
    });
  }

  /** Looks whether an engine's reply is to a question of this fence. */
  answered(reply: Message): boolean {
    const id = parentIdOf(reply);
    const question = id === undefined ? undefined : this.#questions.get(id);
    if (id === undefined || question === undefined) return false;
    this.#questions.delete(id);
    const { uuid, ids } = question;
    const still = new Set(this.#options.pending().get(uuid) ?? []);
    const open = ids.filter((each) => still.has(each));
    if (open.length === 0) return true;
    // One that was aborted was answered out of turn.
    if (reply.content['status'] === 'ok') this.#options.onLost(uuid, open);
    else this.#ask(uuid, open);
    return true;
  }

  engineLost(uuid: string): void {
    for (const [id, question] of this.#questions) {
      if (question.uuid === uuid) this.#questions.delete(id);
    }
  }

  /** Each time anew: a question may be lost as well, when its connection breaks. */
  #askAll(): void {
    const { clock, pending } = this.#options;
    if (clock.now() - this.#brokenMs > healingMs) return;
    for (const [uuid, ids] of pending()) this.#ask(uuid, ids);
  }

  #ask(uuid: string, ids: readonly string[]): void {
    this.#questions.set(this.#options.ask(uuid), { uuid, ids });
  }
}
