import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';

/**
 * Envelope of the Jupyter wire protocol 5.3, shared by kernels, engines, controllers and clients.
 *
 * Field names are the wire's own (snake_case); nothing outside `src/wire` spells them.
 * Source: https://jupyter-client.readthedocs.io/en/stable/messaging.html
 */
export interface Header {
  readonly msg_id: string;
  readonly msg_type: string;
  readonly session: string;
  readonly username: string;
  /** ISO 8601, UTC, ending in `Z`. */
  readonly date: string;
  readonly version: string;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** A message after its signature was verified and its shape checked. Buffers are views of frames. */
export interface Message<Content = JsonObject> {
  readonly header: Header;
  /** Header of the request that this message answers, or `{}`. */
  readonly parentHeader: Header | Readonly<Record<string, never>>;
  readonly metadata: JsonObject;
  readonly content: Content;
  readonly buffers: readonly Uint8Array[];
}

/** What a sender has to say about a message; the session adds the header. */
export interface Outgoing<Content extends object = object> {
  readonly type: string;
  readonly content: Content;
  readonly parent?: Header | undefined;
  readonly metadata?: JsonObject | undefined;
  readonly buffers?: readonly Uint8Array[] | undefined;
  /** Taken as the message's id when given, so that a caller can know it before sending. */
  readonly id?: string | undefined;
}

const protocolVersion = '5.3';

/** Makes headers: one per process and role. An engine's session id is its uuid and its zmq identity. */
export class Session {
  readonly id: string;
  readonly username: string;
  #count = 0;

  constructor(id: string = newSessionId(), username: string = currentUser()) {
    this.id = id;
    this.username = username;
  }

  newMessageId(): string {
    return `${this.id}_${process.pid}_${this.#count++}`;
  }

  message<Content extends object>(outgoing: Outgoing<Content>): Message<Content> {
    return {
      header: {
        msg_id: outgoing.id ?? this.newMessageId(),
        msg_type: outgoing.type,
        session: this.id,
        username: this.username,
        date: new Date().toISOString(),
        version: protocolVersion,
      },
      parentHeader: outgoing.parent ?? {},
      metadata: outgoing.metadata ?? {},
      content: outgoing.content,
      buffers: outgoing.buffers ?? [],
    };
  }
}

/** 32 hex digits with `-` after the 8th, as jupyter_client writes them. */
export function newSessionId(): string {
  const hex = randomUUID().replaceAll('-', '');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}

/** The id of the request that `message` answers, or undefined for one that answers nothing. */
export function parentIdOf(message: Message<unknown>): string | undefined {
  return 'msg_id' in message.parentHeader ? message.parentHeader.msg_id : undefined;
}

function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    return 'username'; // a uid without an entry in the password file, as in many containers
  }
}
