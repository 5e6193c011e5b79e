import { randomUUID } from 'node:crypto';
import { type Deferred, deferred } from '../base/deferred.js';
import type { Incoming } from '../wire/framing.js';
import { type JsonObject, parentIdOf } from '../wire/message.js';
import type { Outstanding } from './outstanding.js';
import type { RequestEvent } from './outstanding-state.js';
import type { OutputBody } from './outputs.js';
import { engineIdOf, type Publication, readPublication } from './read-output.js';

/** Takes what engines publish to the tasks that it belongs to. */
export class OutputFeed {
  readonly #outstanding: Outstanding;
  readonly #endListeners = new Set<(id: unknown) => void>();
  /** By the id of the request. */
  readonly #holds = new Map<string, OutputHold>();

  constructor(outstanding: Outstanding) {
    this.#outstanding = outstanding;
  }

  /** Calls `listener` when the reply to a request of others may be in the records. @returns its end. */
  onEnd(listener: (id: unknown) => void): () => void {
    this.#endListeners.add(listener);
    return () => this.#endListeners.delete(listener);
  }

  /** Keeps back the outputs of request `id` until they are released. */
  hold(id: string): OutputHold {
    const hold = new OutputHold((kept) => {
      if (this.#holds.get(id) === hold) this.#holds.delete(id);
      for (const output of kept) this.#deliver({ type: 'output', id, output });
    });
    this.#holds.set(id, hold);
    return hold;
  }

  take(incoming: Incoming): void {
    const { message } = incoming;
    const { msg_type: type } = message.header;
    if (type === 'pxlab_mark') this.#pass(message.content);
    if (type === 'pxlab_end') this.#tellEnd(message.content['id']);
    const id = parentIdOf(message);
    if (id === undefined || !this.#outstanding.knows(id)) return;
    const publication = readPublication(incoming);
    if (publication === undefined) return;
    if (!this.#outstanding.has(id)) {
      if (publication.type === 'output') this.#outstanding.showLate(id, publication.output);
      return;
    }
    const event = eventOf(id, publication, engineIdOf(incoming));
    const hold = this.#holds.get(id);
    if (hold === undefined || event.type !== 'output') this.#deliver(event);
    else hold.keep(event.output);
  }

  #pass({ mark }: JsonObject): void {
    for (const hold of this.#holds.values()) hold.pass(mark);
  }

  #deliver(event: RequestEvent): void {
    this.#outstanding.handle(event);
    if (event.type === 'idle') this.#tellEnd(event.id); // all that hubs of others tell
  }

  #tellEnd(id: unknown): void {
    for (const listener of this.#endListeners) listener(id);
  }
}

/**
 * What is published of one request while its record is asked for. The hub publishes `mark` at the moment
 * of its answer: what came before the mark is in the answer and is dropped here, so that nothing is lost
 * or doubled between the record and what follows.
 */
export class OutputHold {
  readonly mark: string = randomUUID();
  readonly #onRelease: (kept: readonly OutputBody[]) => void;
  readonly #passed: Deferred = deferred();
  #kept: OutputBody[] = [];

  constructor(onRelease: (kept: readonly OutputBody[]) => void) {
    this.#onRelease = onRelease;
  }

  /** Resolves when the mark came by. */
  get passed(): Promise<void> {
    return this.#passed.promise;
  }

  keep(output: OutputBody): void {
    this.#kept.push(output);
  }

  pass(mark: unknown): void {
    if (mark !== this.mark) return;
    this.#kept = [];
    this.#passed.resolve();
  }

  /** Forgets what was kept: another hold, or the record, has it. */
  discard(): void {
    this.#kept = [];
    this.#onRelease([]);
  }

  /** Delivers what was kept and is `wanted`; from now on nothing is kept back. */
  release(isWanted: (output: OutputBody) => boolean = () => true): void {
    this.#onRelease(this.#kept.splice(0).filter(isWanted));
  }
}

function eventOf(id: string, publication: Publication, engineId: number | undefined): RequestEvent {
  switch (publication.type) {
    case 'busy':
      return { type: 'started', id, engineId };
    case 'idle':
      return { type: 'idle', id, engineId };
    case 'output':
      return { type: 'output', id, output: publication.output };
  }
}
