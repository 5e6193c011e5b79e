import type { Clock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import type { Closeable } from '../base/scope.js';
import type { Channel } from '../transport/channel.js';
import type { EngineInfoFile } from '../wire/connection-info.js';
import type { EngineDeath } from '../wire/contents.js';
import type { Incoming } from '../wire/framing.js';
import {
  failed,
  parseRegistration,
  parseUnregistration,
  registered,
  registrationReply,
  unregistered,
} from '../wire/hub-messages.js';
import type { JsonObject, Message } from '../wire/message.js';
import {
  type EngineEntry,
  type HubEvent,
  type HubInstruction,
  HubState,
  type Roster,
} from './hub-state.js';
import { serve } from './serve.js';
import { SparseLog } from '../base/sparse-log.js';

/** Content of a reply, with the buffers that belong to it. */
export interface Answer {
  readonly content: object;
  readonly buffers?: readonly Uint8Array[];
}

/** Answers one kind of request. What it throws is told to the client as a `hub_error`. */
export type Query = (content: JsonObject, request: Message) => Answer | Promise<Answer>;

interface HubListener {
  /** An engine asked for registration and waits for the first ping. */
  onAccepted(uuid: string): void;
  onRegistered(engine: EngineEntry): void;
  onLost(engine: EngineEntry, death: EngineDeath): void;
  /** An engine that had been accepted never came. */
  onGivenUp(uuid: string): void;
}

export interface HubOptions {
  readonly requests: Channel;
  readonly notifications: Channel;
  readonly engineInfo: EngineInfoFile;
  readonly periodMs: number;
  /** How long an engine may take from its registration to its first heart beat. */
  readonly registrationTimeoutMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly listener: HubListener;
  /** By message type, without `_request`. */
  readonly queries: ReadonlyMap<string, Query>;
}

/** Registers engines, answers what clients ask, and tells clients which engines come and go. */
export class Hub implements Closeable {
  readonly #options: HubOptions;
  readonly #state: HubState;
  readonly #sparse: SparseLog;
  readonly #loop: Promise<void>;

  constructor(options: HubOptions) {
    this.#options = options;
    const { requests, registrationTimeoutMs, log } = options;
    this.#sparse = new SparseLog(log);
    this.#state = new HubState({ registrationTimeoutMs });
    this.#loop = serve(requests, (incoming) => this.#dispatch(incoming), log);
  }

  get engines(): ReadonlyMap<number, EngineEntry> {
    return this.#state.engines;
  }

  get isRestoring(): boolean {
    return this.#state.isRestoring;
  }

  get roster(): Roster {
    return this.#state.roster;
  }

  /** Whether an engine is here, or was in an earlier run and may still answer. */
  hasOrAwaits(uuid: string): boolean {
    return this.#state.hasOrAwaits(uuid);
  }

  byUuid(uuid: string): EngineEntry | undefined {
    return this.#state.byUuid(uuid);
  }

  handle(event: HubEvent): void {
    for (const instruction of this.#state.handle(event)) this.#follow(instruction);
  }

  notify(notification: { type: string; content: object }): void {
    this.#options.notifications.post(notification);
  }

  async close(): Promise<void> {
    await Promise.all([this.#options.requests.close(), this.#options.notifications.close()]);
    await this.#loop;
  }

  #dispatch(incoming: Incoming): void {
    const { message } = incoming;
    switch (message.header.msg_type) {
      case 'registration_request':
        this.#register(incoming);
        break;
      case 'unregistration_request': {
        const id = parseUnregistration(message.content);
        if (id !== undefined) this.handle({ type: 'unregistration-requested', id });
        break;
      }
      default:
        void this.#answer(incoming); // it catches what it throws
    }
  }

  #register({ message, idents }: Incoming): void {
    const { requests, engineInfo, periodMs, clock } = this.#options;
    const registration = parseRegistration(message.content);
    if (registration === undefined) {
      this.#sparse.warn('registration without a uuid dropped');
      return;
    }
    const event = { type: 'registration-requested', ...registration, nowMs: clock.now() } as const;
    for (const instruction of this.#state.handle(event)) {
      // The reply has no parent: Python's engine expects none.
      if (instruction.type === 'accept') {
        const content = registrationReply(instruction.engine.id, { periodMs, engineInfo });
        requests.post({ type: 'registration_reply', content }, idents);
      } else if (instruction.type === 'refuse') {
        const content = failed('KeyError', instruction.reason);
        requests.post({ type: 'registration_reply', content }, idents);
      }
      this.#follow(instruction);
    }
  }

  async #answer({ message, idents }: Incoming): Promise<void> {
    const { requests, queries } = this.#options;
    const { header: parent, content } = message;
    const verb = parent.msg_type.replace(/_request$/, '');
    try {
      const query = queries.get(verb);
      if (query === undefined) throw new TypeError(`No such request: '${parent.msg_type}'`);
      const answer = await query(content, message);
      requests.post({ type: `${verb}_reply`, ...answer, parent }, idents);
    } catch (error) {
      this.#sparse.warn('request not answered', { type: parent.msg_type, error: messageOf(error) });
      const ename = error instanceof Error ? error.name : 'Error';
      requests.post(
        { type: 'hub_error', content: failed(ename, messageOf(error)), parent },
        idents,
      );
    }
  }

  #follow(instruction: HubInstruction): void {
    const { log, listener } = this.#options;
    switch (instruction.type) {
      case 'accept':
      case 'expect':
        listener.onAccepted(instruction.engine.uuid);
        break;
      case 'refuse':
        this.#sparse.warn('registration refused', {
          uuid: instruction.uuid,
          reason: instruction.reason,
        });
        break;
      case 'announce-registered':
        this.notify(registered(instruction.engine));
        log.info('engine registered', about(instruction.engine, { afterMs: instruction.afterMs }));
        listener.onRegistered(instruction.engine);
        break;
      case 'announce-lost':
        this.notify(unregistered(instruction.engine, instruction.death));
        log.info('engine lost', about(instruction.engine, { ...instruction.death }));
        listener.onLost(instruction.engine, instruction.death);
        break;
      case 'give-up':
        this.#sparse.warn('registration given up', about(instruction.engine, {}));
        listener.onGivenUp(instruction.engine.uuid);
        break;
    }
  }
}

function about({ id, uuid }: EngineEntry, more: Record<string, unknown>): Record<string, unknown> {
  return { engineId: id, uuid, ...more };
}
